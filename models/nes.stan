// Party identification in one year of the National Election Study, by what is known of the voter.
//
//   partyid7 ~ normal(beta_1 + beta_2 * real_ideo + beta_3 * race_adj + beta_4 * [age 30-44] + beta_5 * [age 45-64]
//                     + beta_6 * [age 65+] + beta_7 * educ1 + beta_8 * gender + beta_9 * income, sigma),  all flat
//
// Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, section 4.7.
data {
  int<lower=0> N;
  vector[N] partyid7;
  vector[N] real_ideo;
  vector[N] race_adj;
  array[N] int<lower=1, upper=4> age_discrete;
  vector[N] educ1;
  vector[N] gender;
  vector[N] income;
}
transformed data {
  matrix[N, 9] X;
  for (n in 1 : N) {
    X[n, 1] = 1;
    X[n, 2] = real_ideo[n];
    X[n, 3] = race_adj[n];
    for (age in 2 : 4) X[n, 2 + age] = age_discrete[n] == age;
    X[n, 7] = educ1[n];
    X[n, 8] = gender[n];
    X[n, 9] = income[n];
  }
}
parameters {
  vector[9] beta;
  real<lower=0> sigma;
}
model {
  partyid7 ~ normal(X * beta, sigma);
}
