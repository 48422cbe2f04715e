// Eight schools, non-centred: what coaching did to test scores in eight schools, pooled.
//
//   y_j ~ normal(theta_j, sigma_j),  theta_j = mu + tau * z_j,  z_j ~ normal(0, 1),
//   mu ~ normal(0, 5),  tau ~ half-Cauchy(0, 5)
//
// Rubin (1981), Estimation in parallel randomized experiments, J. Educational Statistics 6, 377-401; priors of Gelman et
// al. (2013), Bayesian Data Analysis, 3rd edition, section 5.5, in the non-centred form of Papaspiliopoulos, Roberts and
// Skold (2007), Statistical Science 22, 59-73.
data {
  int<lower=0> J;
  array[J] real y;
  array[J] real<lower=0> sigma;
}
parameters {
  vector[J] z;
  real mu;
  real<lower=0> tau;
}
transformed parameters {
  vector[J] theta = mu + tau * z;
}
model {
  z ~ normal(0, 1);
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  y ~ normal(theta, sigma);
}
