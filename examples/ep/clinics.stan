// A site of clinics.csv: the rows and local parameters given the shared ones, whose priors stand in --shared and not here.
data {
  int<lower=0> N;
  int<lower=1> J;
  array[N] int<lower=0, upper=1> y;
  array[N] int<lower=1, upper=J> clinic;
  vector[N] dose;
}
parameters {
  real mu;
  real slope;
  real<lower=0> tau;
  vector[J] u;
}
transformed parameters {
  vector[J] intercept = mu + tau * u;
}
model {
  u ~ std_normal();
  y ~ bernoulli_logit(intercept[clinic] + slope * dose);
}
