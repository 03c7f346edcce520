# Computes in R, from the rows of patients in private/, what tables/performance.csv says of every site: Harrell's C, Uno's C,
# AUC, Brier score, IPA and observed/expected. Prints spinesurv's value, R's and the difference; writes nothing.
# In the folder of the results:  Rscript check_in_R.R        (needs the packages survival and riskRegression)
# Patients as recorded are compared. Where a system misses patients, spinesurv weighs by the censoring of all patients of the
# site and R by that of the patients predicted, so that Uno's C, AUC, Brier score and IPA may differ a little there.
library(survival)
library(riskRegression)

rows_of <- function(file, text) {
  read.csv(file, na.strings = "", colClasses = setNames(rep("character", length(text)), text), encoding = "UTF-8")
}
outcomes <- rows_of("private/outcomes.csv", c("site", "patient_id"))
predictions <- rows_of(gzfile("private/predictions.csv.gz"), c("site", "patient_id", "model"))
performance <- rows_of("tables/performance.csv", c("site", "model", "reference"))
if ("entry_days" %in% names(outcomes)) stop("patients who entered late are not compared here")
if ("cause" %in% names(outcomes)) stop("end points that compete with each other are not compared here")

predictions <- predictions[predictions$imputation == 0, ]
patient <- function(rows) paste(rows$site, rows$patient_id, sep = "\r")
if (any(performance$missing == "common")) {  # only patients whom every system predicts at every horizon are judged
  asked <- predictions[predictions$horizon_days %in% performance$horizon_days, ]
  predictions <- predictions[!patient(predictions) %in% patient(asked[is.na(asked$survival), ]), ]
}

in_r <- function(metric, d, day) {
  d$rank_by <- if (all(is.na(d$marker))) 1 - d$survival else d$marker
  d <- d[!is.na(if (metric %in% c("harrell_c", "uno_c", "auc")) d$rank_by else d$survival), ]
  ranks <- matrix(rank(d$rank_by) / (nrow(d) + 1))  # as a risk, for Score(); only the order matters
  scored <- function(risk, what) {
    found <- Score(list(m = risk), formula = Surv(time_days, event) ~ 1, data = d, times = day, cens.model = "km",
                   metrics = what, summary = if (what == "brier") "ipa", null.model = TRUE, conf.int = FALSE,
                   se.fit = FALSE, contrasts = FALSE)
    rows <- as.data.frame(if (what == "auc") found$AUC$score else found$Brier$score)
    rows[rows$model == "m", ]
  }
  switch(metric,
    harrell_c = concordance(Surv(time_days, event) ~ rank_by, d, reverse = TRUE)$concordance,
    uno_c = concordance(Surv(time_days, event) ~ rank_by, d, reverse = TRUE, timewt = "n/G2", ymax = day)$concordance,
    auc = scored(ranks, "auc")$AUC,
    brier = scored(matrix(1 - d$survival), "brier")$Brier,
    ipa = scored(matrix(1 - d$survival), "brier")$IPA,
    observed_expected = {
      alive <- summary(survfit(Surv(time_days, event) ~ 1, data = d), times = day, extend = TRUE)$surv
      (1 - alive) / mean(1 - d$survival)
    }
  )
}

measures <- c("harrell_c", "uno_c", "auc", "brier", "ipa", "observed_expected")
if (length(unique(outcomes$site)) == 1) performance$site[performance$site == "stacked"] <- outcomes$site[1]
ours <- performance[performance$population == "complete" & is.na(performance$reference) & performance$status != "gap" &
                      performance$metric %in% measures & performance$site %in% outcomes$site, ]
ours$in_r <- vapply(seq_len(nrow(ours)), function(i) {
  mine <- predictions[predictions$site == ours$site[i] & predictions$model == ours$model[i], ]
  day <- ours$horizon_days[i]
  mine <- if (is.na(day)) mine[!duplicated(mine$patient_id), ] else mine[mine$horizon_days %in% day, ]
  in_r(ours$metric[i], merge(outcomes, mine[c("site", "patient_id", "survival", "marker")]), day)
}, numeric(1))
ours$difference <- ours$value - ours$in_r
print(ours[c("site", "model", "metric", "horizon_days", "n", "value", "in_r", "difference")], digits = 6, row.names = FALSE)
cat("largest difference:", format(max(abs(ours$difference)), digits = 3), "\n")
