// How much wood a mesquite bush holds, by its size: a regression between logarithms.
//
//   log(weight) ~ normal(beta_1 + beta_2 * log(diam1) + beta_3 * log(diam2) + beta_4 * log(canopy_height)
//                        + beta_5 * log(total_height) + beta_6 * log(density) + beta_7 * group, sigma),  all flat
//
// Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, section 4.6.
data {
  int<lower=0> N;
  vector<lower=0>[N] weight;
  vector<lower=0>[N] diam1;
  vector<lower=0>[N] diam2;
  vector<lower=0>[N] canopy_height;
  vector<lower=0>[N] total_height;
  vector<lower=0>[N] density;
  vector[N] group;
}
transformed data {
  vector[N] log_weight = log(weight);
  matrix[N, 7] X;
  X[ : , 1] = rep_vector(1, N);
  X[ : , 2] = log(diam1);
  X[ : , 3] = log(diam2);
  X[ : , 4] = log(canopy_height);
  X[ : , 5] = log(total_height);
  X[ : , 6] = log(density);
  X[ : , 7] = group;
}
parameters {
  vector[7] beta;
  real<lower=0> sigma;
}
model {
  log_weight ~ normal(X * beta, sigma);
}
