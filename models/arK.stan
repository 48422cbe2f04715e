// Autoregression of order K, given its first K values.
//
//   y_t ~ normal(alpha + sum_k beta_k * y_{t-k}, sigma),  t = K+1, ..., T,
//   alpha, beta_k ~ normal(0, 10),  sigma ~ half-Cauchy(0, 2.5)
//
// Stan User's Guide, chapter on time series; posterior arK-arK of posteriordb (Magnusson et al. 2024).
data {
  int<lower=0> K;
  int<lower=K> T;
  array[T] real y;
}
transformed data {
  vector[T - K] now;
  matrix[T - K, K] before;
  for (t in 1 : T - K) {
    now[t] = y[t + K];
    for (k in 1 : K) before[t, k] = y[t + K - k];
  }
}
parameters {
  real alpha;
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 2.5);
  now ~ normal(alpha + before * beta, sigma);
}
