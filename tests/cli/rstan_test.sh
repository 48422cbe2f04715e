#!/bin/sh
# Usage: rstan_test.sh COMMAND. Draws, and reads the CSV files with rstan and with R's own reader; exit code 77 (skipped)
# where there is no rstan.
set -eu
Rscript -e 'quit(status = if (requireNamespace("rstan", quietly = TRUE)) 0 else 1)' 2>/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$1" sample builtin:eight_schools,centred=true --seed 1 --chains 3 --draws 400 --save-warmup --csv --out run -q >/dev/null
cat >read.R <<'R'
suppressMessages(library(rstan))
files <- sprintf("run/csv/chain_%d.csv", 1:3)
fit <- suppressWarnings(read_stan_csv(files))  # times are not in the files, which it warns of
draws <- as.array(fit)
stopifnot(dim(draws)[1] == 400, dim(draws)[2] == 3)
stopifnot(c("theta[1]", "mu", "tau", "log_likelihood", "lp__") %in% dimnames(draws)$parameters)
plain <- lapply(files, read.csv, comment.char = "#")
diagnostics <- get_sampler_params(fit, inc_warmup = FALSE)
names_of_stan <- c("accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__", "divergent__", "energy__")
for (chain in 1:3) {
  stopifnot(identical(as.vector(draws[, chain, "mu"]), plain[[chain]]$mu))
  stopifnot(setequal(colnames(diagnostics[[chain]]), names_of_stan))
  for (name in names_of_stan) {
    stopifnot(identical(as.vector(diagnostics[[chain]][, name]), as.numeric(plain[[chain]][[name]])))
  }
}
stopifnot(get_num_divergent(fit) == sum(sapply(plain, function(chain) chain$divergent__)))
stopifnot(all(is.finite(get_bfmi(fit))))
R
Rscript read.R
