//! The sandbox from outside, over real sockets; every test has a server of its own.

mod account;
mod browsers;
mod command_line;
mod control;
mod documented;
mod faults;
mod fixtures;
mod groups;
mod issuing;
mod lists;
mod recipients;
mod support;
mod webhooks;
