// Everything that the C interface has to get right, in one program.
functions {
  array[] real doubled(array[] real x) {
    array[size(x)] real y, unused;
    for (i in 1 : size(x)) y[i] = 2 * x[i];
    return y;
  }
  real shifted_lpdf(real x, real by) {
    return normal_lupdf(x | by, 1);
  }
}
data {
  int N;
  array[2, 3] int counts;
  matrix[2, 3] m;
  array[2, 2, 2] real cube;
  array[0, 5] real nothing;
  real whole;
  vector[2] ends;
}
transformed data {
  real drawn = normal_rng(0, 1);
}
parameters {
  real free;
  array[2] vector<lower=0>[3] positive;
  simplex[3] shares;
  matrix[2, 2] grid;
}
transformed parameters {
  array[1] real twice = doubled({free});
}
model {
  profile("prior") {
    free ~ shifted(1);
    for (k in 1 : 2) positive[k] ~ exponential(1);
  }
  if (free > 50) {
    reject("free is ", free);
  }
  if (free > 40) {
    print("free is ", free);
  }
  to_vector(grid) ~ normal(0, 1);
  real late = 2;
  target += -late;
}
generated quantities {
  real m_21 = m[2, 1];
  real m_12 = m[1, 2];
  real cube_121 = cube[1, 2, 1];
  real cube_112 = cube[1, 1, 2];
  int counts_23 = counts[2, 3];
  real kept = drawn;
  real noise = normal_rng(0, 1);
  real upper_end = ends[2];
}
