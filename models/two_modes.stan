// A mixture whose two explanations exclude each other: chains that follow gradients stay where they start.
//
//   y_n ~ p * normal(mu_1, 1) + (1 - p) * normal(mu_2, 1),  p known,  mu_k ~ normal(0, 5)
//
// The data lie in two clusters of N_1 and N_2. Either mu_1 explains the first and mu_2 the second, or the other way
// round; since p is not 1/2, the two are told apart by about (p / (1 - p))^(N_1 - N_2) in probability. There are only
// two parameters, so quadrature gives the weights. Own model.
//
// prior_only: leaves the likelihood out. Two instances of one library then give prior and posterior.
data {
  int<lower=0> N;
  vector[N] y;
  real<lower=0, upper=1> p;
  int<lower=0, upper=1> prior_only;
}
parameters {
  vector[2] mu;
}
model {
  mu ~ normal(0, 5);
  if (!prior_only) {
    for (n in 1 : N) target += log_mix(p, normal_lpdf(y[n] | mu[1], 1), normal_lpdf(y[n] | mu[2], 1));
  }
}
generated quantities {
  int<lower=0, upper=1> first_is_lower = mu[1] < mu[2];
}
