// The two gates of docs/one-model.md. With `prior_only` the likelihood is left out, so that tempering can start from the prior.
data {
  int<lower=0> parts;
  int<lower=0, upper=parts> passed;
  int<lower=0, upper=1> prior_only;
}
parameters {
  real<lower=0, upper=1> p1;  // uniform, which needs no line in the model
  real<lower=0, upper=1> p2;
}
model {
  if (!prior_only) target += binomial_lpmf(passed | parts, p1 * p2);
}
