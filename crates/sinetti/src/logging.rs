//! Log lines on standard error: one line each, with the trace id in a field of its own.
use std::{io::IsTerminal, sync::LazyLock};

use tracing_subscriber::{
    EnvFilter, Layer, filter::FilterExt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{config::LogConfig, line_budget::LineBudget};

/// What each place of this process may log.
static BUDGET: LazyLock<LineBudget> = LazyLock::new(LineBudget::default);

/// Starts logging. The second call in one process does nothing.
pub(crate) fn start(config: &LogConfig) {
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = filter.and(&*BUDGET);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let started = if config.json {
        tracing_subscriber::registry().with(lines.json().with_filter(filter)).try_init()
    } else {
        tracing_subscriber::registry().with(lines.with_filter(filter)).try_init()
    };
    // Already started: the first configuration stays.
    drop(started);
}

/// Says from time to time which lines were left out, because there were too many. Runs until the process ends.
pub(crate) async fn report_left_out() {
    BUDGET.report().await;
}
