// Gaussian process regression with a squared exponential kernel and noise of variance sigma.
//
//   y ~ multi_normal(0, C),  C_ij = alpha^2 * exp(-(x_i - x_j)^2 / (2 * rho^2)) + sigma * [i = j],
//   rho ~ gamma(25, 4),  alpha ~ half-normal(0, 2),  sigma ~ half-normal(0, 1)
//
// Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, chapter 2; posterior gp_pois_regr-gp_regr of
// posteriordb, where sigma is a variance too.
data {
  int<lower=1> N;
  array[N] real x;
  vector[N] y;
}
parameters {
  real<lower=0> rho;
  real<lower=0> alpha;
  real<lower=0> sigma;
}
model {
  matrix[N, N] covariance;
  for (i in 1 : N) {
    for (j in 1 : i) {
      covariance[i, j] = square(alpha) * exp(-0.5 * square((x[i] - x[j]) / rho));
      covariance[j, i] = covariance[i, j];
    }
    covariance[i, i] = covariance[i, i] + sigma;
  }
  rho ~ gamma(25, 4);
  alpha ~ normal(0, 2);
  sigma ~ normal(0, 1);
  y ~ multi_normal_cholesky(rep_vector(0, N), cholesky_decompose(covariance));
}
