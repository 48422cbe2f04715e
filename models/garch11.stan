// GARCH(1, 1): a volatility that remembers the last shock and the last volatility.
//
//   y_t ~ normal(mu, s_t),  s_1 = sigma1,  s_t^2 = alpha0 + alpha1 * (y_{t-1} - mu)^2 + beta1 * s_{t-1}^2,
//   flat on mu, alpha0 > 0, 0 < alpha1 < 1, 0 < beta1 < 1 - alpha1 (a stationary variance)
//
// Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, J. Econometrics 31, 307-327; posterior
// garch-garch11 of posteriordb.
data {
  int<lower=1> T;
  array[T] real y;
  real<lower=0> sigma1;
}
parameters {
  real mu;
  real<lower=0> alpha0;
  real<lower=0, upper=1> alpha1;
  real<lower=0, upper=1 - alpha1> beta1;
}
model {
  real squared = square(sigma1);
  y[1] ~ normal(mu, sigma1);
  for (t in 2 : T) {
    squared = alpha0 + alpha1 * square(y[t - 1] - mu) + beta1 * squared;
    y[t] ~ normal(mu, sqrt(squared));
  }
}
