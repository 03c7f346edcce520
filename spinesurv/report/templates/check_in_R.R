# Computes in R, from the rows of patients in private/, what tables/performance.csv says of every site: Harrell's C, Uno's C,
# AUC, Brier score, IPA and observed/expected. Prints spinesurv's value, R's and the difference; writes nothing.
# In the folder of the results:  Rscript check_in_R.R        (needs the packages survival and riskRegression)
# Patients as recorded are compared. Where a system misses patients, spinesurv weighs by the censoring of all patients of the
# site and R by that of the patients predicted, so that Uno's C, AUC, Brier score and IPA may differ a little there. These
# packages have no weights for patients who entered late, and no C where other events compete: left out there.
library(survival)
library(riskRegression)

rows_of <- function(file, text) {
  read.csv(file, na.strings = "", colClasses = setNames(rep("character", length(text)), text), encoding = "UTF-8")
}
outcomes <- rows_of("private/outcomes.csv", c("site", "patient_id"))
predictions <- rows_of(gzfile("private/predictions.csv.gz"), c("site", "patient_id", "model"))
performance <- rows_of("tables/performance.csv", c("site", "model", "reference"))
late <- "entry_days" %in% names(outcomes)
competing <- "cause" %in% names(outcomes)
outcomes$code <- outcomes$event  # 0 censored, 1 the event that is judged, 2 another one
if (competing) {
  end_point <- sub("^end_point = .(.*).$", "\\1", grep("^end_point = ", readLines("study.resolved.toml"), value = TRUE))
  outcomes$code[outcomes$event == 1 & !outcomes$cause %in% end_point] <- 2
}
predictions <- predictions[predictions$imputation == 0, ]
patient <- function(rows) paste(rows$site, rows$patient_id, sep = "\r")
if (any(performance$missing == "common")) {  # only patients whom every system predicts at every horizon are judged
  asked <- predictions[predictions$horizon_days %in% performance$horizon_days, ]
  predictions <- predictions[!patient(predictions) %in% patient(asked[is.na(asked$survival), ]), ]
}

followed <- function(d, status) if (late) Surv(d$entry_days, d$time_days, status) else Surv(d$time_days, status)
in_r <- function(metric, d, day) {
  rank_by <- if (all(is.na(d$marker))) 1 - d$survival else d$marker
  known <- !is.na(if (metric %in% c("harrell_c", "uno_c", "auc")) rank_by else d$survival)
  d <- d[known, ]
  rank_by <- rank_by[known]
  scored <- function(risk, what) {
    found <- Score(list(m = matrix(risk)), formula = Hist(time_days, code) ~ 1, data = d, times = day, cause = 1,
                   cens.model = "km", metrics = what, summary = if (what == "brier") "ipa", null.model = TRUE,
                   conf.int = FALSE, se.fit = FALSE, contrasts = FALSE)
    rows <- as.data.frame(if (what == "auc") found$AUC$score else found$Brier$score)
    rows[rows$model == "m", ]
  }
  switch(metric,
    harrell_c = concordance(followed(d, d$event) ~ rank_by, reverse = TRUE)$concordance,
    uno_c = concordance(followed(d, d$event) ~ rank_by, reverse = TRUE, timewt = "n/G2", ymax = day)$concordance,
    auc = scored(rank(rank_by) / (nrow(d) + 1), "auc")$AUC,  # a rank as a risk; only the order matters
    brier = scored(1 - d$survival, "brier")$Brier,
    ipa = scored(1 - d$survival, "brier")$IPA,
    observed_expected = {
      curve <- survfit(followed(d, factor(d$code, 0:2)) ~ 1, id = seq_len(nrow(d)))
      summary(curve, times = day, extend = TRUE)$pstate[1, 2] / mean(1 - d$survival)
    }
  )
}

measures <- c("harrell_c", "uno_c", "auc", "brier", "ipa", "observed_expected")
unweighted <- c("harrell_c", "observed_expected")
if (late) measures <- unweighted
if (competing) measures <- setdiff(measures, c("harrell_c", "uno_c"))
if (!any(performance$site %in% outcomes$site)) performance$site[performance$site == "stacked"] <- outcomes$site[1]  # one site
ours <- performance[performance$population == "complete" & is.na(performance$reference) & performance$status != "gap" &
                      performance$metric %in% measures & performance$site %in% outcomes$site, ]
ours$in_r <- vapply(seq_len(nrow(ours)), function(i) {
  mine <- predictions[predictions$site == ours$site[i] & predictions$model == ours$model[i], ]
  day <- ours$horizon_days[i]
  mine <- if (is.na(day)) mine[!duplicated(mine$patient_id), ] else mine[mine$horizon_days %in% day, ]
  in_r(ours$metric[i], merge(outcomes, mine[c("site", "patient_id", "survival", "marker")]), day)
}, numeric(1))
ours$difference <- ours$value - ours$in_r
options(width = 200)
print(ours[c("site", "model", "metric", "horizon_days", "n", "value", "in_r", "difference")], digits = 6, row.names = FALSE)
same <- ours$metric %in% unweighted | ours$n == table(outcomes$site)[ours$site]
largest <- function(x) if (length(x)) format(max(abs(x)), digits = 3) else "none"
cat("largest difference where both weigh by the same patients:", largest(ours$difference[same]),
    "  elsewhere:", largest(ours$difference[!same]), "\n")
