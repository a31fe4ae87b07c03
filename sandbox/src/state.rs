//! Holds what all requests share while the server runs.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    Settings,
    auth::Token,
    journal::Entry,
    script::Script,
    seed::{self, Seed},
    store::Store,
};

pub(crate) type Shared = Arc<Sandbox>;

pub(crate) struct Sandbox {
    pub(crate) settings: Settings,
    pub(crate) token: Token,
    store: Mutex<Store>,
    journal: Mutex<Vec<Entry>>,
    script: Mutex<Script>,
    resets: AtomicU64,
}

impl Sandbox {
    pub(crate) fn new(settings: Settings) -> io::Result<Shared> {
        let token = Token::new(settings.token.clone())?;
        let store = seed::planted(settings.seed, settings.balance, settings.account);
        Ok(Arc::new(Self {
            settings,
            token,
            store: Mutex::new(store),
            journal: Mutex::default(),
            script: Mutex::default(),
            resets: AtomicU64::default(),
        }))
    }

    /// Counts the resets, so that what was scheduled before one does not change the store after it.
    pub(crate) fn resets(&self) -> u64 {
        self.resets.load(Ordering::SeqCst)
    }

    /// Returns everything to the state at the start, with the given seed.
    pub(crate) fn reset(&self, seed: Seed) {
        self.resets.fetch_add(1, Ordering::SeqCst);
        *self.store() = seed::planted(seed, self.settings.balance, self.settings.account);
        *self.script() = Script::default();
        self.journal().clear();
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        open(&self.store)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Vec<Entry>> {
        open(&self.journal)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        open(&self.script)
    }
}

/// A request that panicked has left no half-made entry behind: entries are put in whole. So the
/// others may go on.
fn open<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}
