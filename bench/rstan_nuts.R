# Usage: Rscript rstan_nuts.R PROGRAM.stan DATA.json SEEDS FOLDER
#
# NUTS as rstan comes, 4 chains of 1000 + 1000 iterations one after the other, for seeds 1 to SEEDS. Prints the number of
# parameters and their names, then for each seed: leapfrog steps with those of warm-up, divergences, seconds of processor
# time in chains, and of the whole call. FOLDER/SEED.draws holds the draws as doubles: iterations of a chain, chains of a
# parameter, parameters. No arrays of arrays in the data.
suppressMessages(library(rstan))
given <- commandArgs(TRUE)
# JSON of numbers and plain lists is R, but for its brackets and colons.
json <- paste(readLines(given[2]), collapse = " ")
for (pair in list(c("{", "list("), c("}", ")"), c("[", "c("), c("]", ")"), c("\":", "\" =")))
  json <- gsub(pair[1], pair[2], json, fixed = TRUE)
data <- eval(parse(text = json))
bundled <- system.file("include", package = "BH")  # Debian's package has none: it is the system's Boost
program <- stan_model(given[1], boost_lib = if (nzchar(bundled)) bundled else "/usr/include", auto_write = FALSE)
for (seed in seq_len(as.integer(given[3]))) {
  call <- system.time(fit <- suppressWarnings(sampling(program, data = data, chains = 4, cores = 1, seed = seed, refresh = 0)))
  draws <- as.array(fit)
  draws <- draws[, , dimnames(draws)$parameters != "lp__"]
  if (seed == 1) cat(dim(draws)[3], dimnames(draws)$parameters, "\n")
  sampler <- get_sampler_params(fit, inc_warmup = TRUE)
  cat(sum(sapply(sampler, function(chain) sum(chain[, "n_leapfrog__"]))), get_num_divergent(fit),
      sum(get_elapsed_time(fit)), call[["user.self"]] + call[["sys.self"]], "\n")
  file <- file(file.path(given[4], paste0(seed, ".draws")), "wb")
  writeBin(as.vector(draws), file)
  close(file)
}
