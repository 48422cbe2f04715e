# The density of builtin:banana as a program (docs/exec.md), in base R:
#   dovetail sample 'exec:Rscript examples/exec/banana.R'
log_density <- function(x) -(x[1] - 1)^2 / 20 - 5 * (x[2] - x[1]^2)^2

gradient <- function(x) {
  ridge <- x[2] - x[1]^2
  c(-(x[1] - 1) / 10 + 20 * ridge * x[1], -10 * ridge)
}

# %.17g brings every double back as it was; the words are those of the protocol.
json <- function(v) {
  text <- sprintf("%.17g", v)
  text[is.nan(v)] <- '"nan"'
  text[is.infinite(v)] <- ifelse(v[is.infinite(v)] < 0, '"-inf"', '"inf"')
  paste0("[", paste(text, collapse = ","), "]")
}
say <- function(line) {
  cat(line, "\n", sep = "")
  flush(stdout())
}

# Questions have one form, {"id":7,"x":[[1.0,2.0],[3.0,4.0]],"gradient":false}, so base R reads them without a package.
input <- file("stdin", "r")
invisible(readLines(input, 1)) # {"dovetail":1,"data":null}: this model needs no data
say('{"dovetail": 1, "name": "banana", "parameters": ["x1", "x2"], "gradient": true}')
while (length(line <- readLines(input, 1)) == 1) {
  id <- sub('.*"id":([0-9]+).*', "\\1", line)
  rows <- strsplit(sub(".*\\[\\[(.*)\\]\\].*", "\\1", line), "],[", fixed = TRUE)[[1]]
  points <- lapply(strsplit(rows, ",", fixed = TRUE), as.numeric)
  answer <- paste0('{"id":', id, ',"log_density":', json(vapply(points, log_density, 0)))
  if (grepl('"gradient":true', line, fixed = TRUE)) {
    gradients <- vapply(points, function(x) json(gradient(x)), "")
    answer <- paste0(answer, ',"gradient":[', paste(gradients, collapse = ","), "]")
  }
  say(paste0(answer, "}"))
}
