//! The engine with a store in memory, cards at the level of OSAP and a short-message centre that redelivers.
mod enrolment;
mod fake_card;
mod loss;
mod model_store;
mod oddities;
mod random_walks;
mod refusals;
mod restart;
mod signing;
mod unreadable;
mod world;
