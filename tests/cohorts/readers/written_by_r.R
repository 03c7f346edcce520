# Writes the files of written_by_r.json (each packed by gzip, as base64): R 4.2, haven 2.5, readr 2.1, tibble 3.1, survival 3.5.
# Rscript written_by_r.R FOLDER; then python -m tests.cohorts.readers.written_by_r FOLDER
library(haven)
setwd(commandArgs(TRUE)[1])
day <- as.Date(c("2019-03-04", NA, "2020-01-01", "1965-01-02"))
at <- c("2019-03-04 10:30:00", NA, "2020-01-01 00:00:00", "2020-01-02 05:00:00")
frame <- data.frame(
  id = c("007", "8", NA, "Zo\u00eb \\ \"x\"\n"), n = c(1L, NA, 3L, 4L), x = c(1.5, NA, NaN, -Inf), b = c(TRUE, FALSE, NA, TRUE),
  f = factor(c("male", NA, "female", "male")), o = factor(c("low", "high", NA, "low"), levels = c("low", "high"), ordered = TRUE),
  day = day, whole_day = structure(c(17959L, NA, 1L, -1L), class = "Date"), utc = as.POSIXct(at, tz = "UTC"),
  seoul = as.POSIXct(at, tz = "Asia/Seoul"), weeks = as.difftime(c(1, NA, 3, 4.5), units = "weeks"), stringsAsFactors = FALSE)
saveRDS(frame, "version3.rds")
saveRDS(frame, "version2.rds", version = 2)
saveRDS(frame, "bzip2.rds", compress = "bzip2")
saveRDS(frame, "xz.rds", compress = "xz")
saveRDS(frame, "none.rds", compress = FALSE)
saveRDS(frame, "text.rds", ascii = TRUE)
serialised <- function(name, ...) { to <- file(name, "wb"); serialize(frame, to, ...); close(to) }
serialised("hexadecimal.rds", ascii = NA)
serialised("little_endian.rds", xdr = FALSE)
saveRDS(tibble::as_tibble(frame), "tibble.rds")
with_function <- frame
attr(with_function, "note") <- quote(x + y)
attr(with_function, "made_by") <- function(x) x + 1
attr(with_function, "where") <- new.env()
attr(with_function, "of") <- asNamespace("stats")
saveRDS(with_function, "function_beside.rds")
in_parts <- frame["id"]
in_parts$at <- as.POSIXlt(frame$seoul)
saveRDS(in_parts, "parts.rds")
Sys.setenv(TZ = "Asia/Seoul")
saveRDS(data.frame(id = 1:2, op = as.POSIXct(c("2019-03-04", NA))), "no_zone.rds")
saveRDS(data.frame(alb = c(3.8, NA), row.names = c("P-1", "P-2")), "row_names.rds")
saveRDS(data.frame(x = c("caf\xe9", "b")) |> transform(x = `Encoding<-`(x, "latin1")), "latin1.rds")
saveRDS(readr::read_csv(I("id,alb\n7,3.8\n8,oops\n"), col_types = "id", show_col_types = FALSE) |> suppressWarnings(), "readr.rds")
sorted <- data.frame(id = as.character(1:12), k = 1:12)
saveRDS(sorted[order(sorted$id), ], "compact.rds")
saveRDS(data.frame(id = 1:2, at = hms::as_hms(c("10:30:00", NA))), "time_of_day.rds")
long <- data.frame(id = 1:3)
long$big <- structure(c(4.94065645841247e-324, 9.88131291682493e-324, -0), class = "integer64")  # the bits of 1, 2 and NA
long$month <- structure(c(2019, 2019.25, NA), class = "yearmon")
saveRDS(long, "classes.rds")
lists <- data.frame(id = 1:2)
lists$drugs <- list("a", c("b", "c"))
saveRDS(lists, "list_column.rds")
table_inside <- data.frame(id = 1:2)
table_inside$m <- matrix(1:4, 2)
saveRDS(table_inside, "matrix_column.rds")
saveRDS(transform(lists["id"], z = complex(real = 1:2)), "complex_column.rds")
twice <- data.frame(a = 1, b = 2)
names(twice) <- c("x", "x")
saveRDS(twice, "name_twice.rds")
saveRDS(frame[0, ], "no_rows.rds")
saveRDS(1:3, "vector.rds")
number <- 3
save(frame, number, file = "one.RData")
save(frame, file = "text.RData", ascii = TRUE)
save(frame, sorted, file = "two.RData")
save(number, file = "none.RData")

coded <- data.frame(id = c("1", "2", "3", "4"), alb = c(3.8, tagged_na("a"), tagged_na("z"), NA), day = day,
  at = hms::as_hms(c("10:30:00", NA, "00:00:00", "05:00:05")))
coded$ecog <- labelled(c(1, tagged_na("a"), tagged_na("b"), 3), c(fine = 1, bad = 2, "not asked" = tagged_na("a")))
saveRDS(coded, "tagged.rds")
write_dta(coded, "tagged_14.dta")
write_dta(coded, "tagged_8.dta", version = 8)
declared <- data.frame(id = c("1", "2", "3", "4"))
declared$ecog <- labelled_spss(c(1, 9, 99, 3), c(fine = 1, "not recorded" = 9), na_values = 9, na_range = c(90, 99))
declared$sex <- labelled_spss(c("m", "f", "x", "m"), c("not said" = "x"), na_values = "x")
saveRDS(declared, "declared.rds")
write_sav(declared, "declared.sav")
write_sav(declared, "declared.zsav", compress = "zsav")
transport <- data.frame(id = c("1", "2", "3", "4"), alb = c(3.8, tagged_na("A"), tagged_na("Z"), NA), neg = c(-1e-5, 0, 1e9, 1 / 3), day = day,
  at = hms::as_hms(c("10:30:00", NA, "00:00:00", "05:00:05")))
write_xpt(transport, "letters_5.xpt", version = 5, name = "T")
write_xpt(transport, "letters_8.xpt", version = 8, name = "T")
write_sas(transport, "letters.sas7bdat")
