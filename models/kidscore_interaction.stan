// Test scores of children by their mother's schooling and IQ, with an interaction.
//
//   kid_score ~ normal(beta_1 + beta_2 * mom_hs + beta_3 * mom_iq + beta_4 * mom_hs * mom_iq, sigma),
//   flat on beta,  sigma ~ half-Cauchy(0, 2.5)
//
// Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, section 3.3.
data {
  int<lower=0> N;
  vector[N] kid_score;
  vector[N] mom_hs;
  vector[N] mom_iq;
}
transformed data {
  vector[N] both = mom_hs .* mom_iq;
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  kid_score ~ normal(beta[1] + beta[2] * mom_hs + beta[3] * mom_iq + beta[4] * both, sigma);
}
