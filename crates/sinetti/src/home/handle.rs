//! The way to the HMSSP's engine.
use mss_core::Fault;
use role_home::{HomeAnswer, HomeInput};

use crate::engine_thread::EngineHandle;

/// What a waiting AE or ME receives.
pub(super) type Answer = Result<HomeAnswer, Fault>;
/// The way to the HMSSP's engine.
pub(super) type Engine = EngineHandle<HomeInput, Answer>;
