# Fits a Cox model in R and writes its predictions as `spinesurv evaluate` reads them.
#   Rscript write_predictions.R ../sample_cohort.csv predictions.csv us_surgical
#   spinesurv evaluate predictions.csv --horizons 90,365 --out judged
# The model learns from all sites but the one that is named last, and predicts the patients of that site: nobody is judged by a
# model that has seen them. Needs no package besides survival, which comes with R.
library(survival)

words <- commandArgs(trailingOnly = TRUE)
cohort <- read.csv(words[1], na.strings = "", colClasses = c(patient_id = "character", site = "character"))
judged_site <- words[3]
days <- c(90, 365)
predictors <- c("age", "ecog")

cohort <- cohort[!is.na(cohort$time_days) & !is.na(cohort$event), ]
learned <- cohort[cohort$site != judged_site, ]
judged <- cohort[cohort$site == judged_site, ]
model <- coxph(Surv(time_days, event) ~ age + ecog, data = learned)
stopifnot(nrow(judged) > 0, max(days) <= max(learned$time_days))

known <- complete.cases(judged[, predictors])  # the others stay empty: they are counted, and left out in pairs
curves <- summary(survfit(model, newdata = judged[known, ]), times = days)
alive <- matrix(curves$surv, nrow = length(days))  # one row per day, one column per patient

out <- judged[, c("patient_id", "site", "time_days", "event")]
for (k in seq_along(days)) {
  column <- rep(NA, nrow(out))
  column[known] <- alive[k, ]
  out[[paste0("cox@", days[k])]] <- column
}
marker <- rep(NA, nrow(out))
marker[known] <- predict(model, newdata = judged[known, ], type = "lp")  # higher = dies sooner
out[["cox@marker"]] <- marker
write.csv(out, words[2], row.names = FALSE, na = "")
