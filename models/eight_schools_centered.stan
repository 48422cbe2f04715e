// Eight schools, centred: the funnel between tau and theta holds chains up.
//
//   y_j ~ normal(theta_j, sigma_j),  theta_j ~ normal(mu, tau),  mu ~ normal(0, 5),  tau ~ half-Cauchy(0, 5)
//
// Rubin (1981), Estimation in parallel randomized experiments, J. Educational Statistics 6, 377-401; priors of Gelman et
// al. (2013), Bayesian Data Analysis, 3rd edition, section 5.5.
data {
  int<lower=0> J;
  array[J] real y;
  array[J] real<lower=0> sigma;
}
parameters {
  vector[J] theta;
  real mu;
  real<lower=0> tau;
}
model {
  theta ~ normal(mu, tau);
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  y ~ normal(theta, sigma);
}
