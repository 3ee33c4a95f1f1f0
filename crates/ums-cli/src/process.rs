//! What may be taken from this process's memory, which holds what is needed to sign: nothing, by
//! other processes of the same user or from a core file.

/// Keeps the memory from debuggers, `/proc/PID/mem` and core files. Where the system knows no such
/// thing, nothing happens.
#[cfg(unix)]
pub(crate) fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A process may always lower its limit, and there is nothing to do instead.
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(not(unix))]
pub(crate) fn keep_memory_private() {}
