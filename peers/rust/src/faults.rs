//! The faults that peers are put to, and what had become of the request.

/// What had become of the request when the call ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The server never had it whole.
    NeverTaken,
    /// The server had it whole and did what it asks for.
    AlreadyDone,
}

pub(crate) struct Struck {
    pub(crate) fault: &'static str,
    pub(crate) fate: Fate,
    /// It strikes as a connection is made, so a reused one cannot be struck.
    pub(crate) fresh_only: bool,
}

const fn never(fault: &'static str) -> Struck {
    Struck {
        fault,
        fate: Fate::NeverTaken,
        fresh_only: false,
    }
}

const fn at_connect(fault: &'static str) -> Struck {
    Struck {
        fresh_only: true,
        ..never(fault)
    }
}

const fn done(fault: &'static str) -> Struck {
    Struck {
        fate: Fate::AlreadyDone,
        ..never(fault)
    }
}

pub(crate) static FAULTS: &[Struck] = &[
    at_connect("refuse"),
    at_connect("reset-on-accept"),
    at_connect("fin-on-accept"),
    never("reset-before-reading"),
    never("fin-before-reading"),
    never("reset-in-head"),
    never("fin-in-head"),
    never("reset-after-head"),
    never("fin-after-head"),
    never("reset-in-body"),
    never("fin-in-body"),
    done("fin-after-request-applied"),
    done("reset-after-request-applied"),
    done("silence-applied"),
    done("fin-in-status-line-applied"),
    done("reset-in-status-line-applied"),
    done("fin-in-reply-head-applied"),
    done("reset-in-reply-head-applied"),
    done("fin-in-reply-body-applied"),
    done("reset-in-reply-body-applied"),
    done("garbage-applied"),
    done("empty-200-applied"),
    done("status-408-applied"),
    done("status-409-applied"),
    done("status-425-applied"),
    done("status-429-applied"),
    done("status-500-applied"),
    done("status-502-html-applied"),
    done("status-503-applied"),
    done("status-504-applied"),
    done("redirect-301-itself-applied"),
    done("redirect-302-itself-applied"),
    done("redirect-307-itself-applied"),
    done("redirect-308-itself-applied"),
];
