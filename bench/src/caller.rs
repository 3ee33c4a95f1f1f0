//! The clients that make the calls. Each is one process, started by the round trips with where to call and how hard.

pub(crate) mod facade;
mod hyper_connections;
mod hyper_util;
mod reqwest;
mod ureq;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::load::{Plan, Sample};

pub(crate) use facade::{approved, client_over, void};
pub(crate) use hyper_util::request;

/// Where to call, and how hard.
pub(crate) struct Task {
    /// `http://127.0.0.1:PORT` or the same with https.
    pub(crate) base: String,
    pub(crate) ca_file: PathBuf,
    pub(crate) plan: Plan,
}

/// A client under test that is written in Rust.
pub(crate) struct Caller {
    pub(crate) name: &'static str,
    run: fn(&Task) -> Result<Sample>,
}

pub(crate) const CALLERS: &[Caller] = &[
    Caller {
        name: "facade",
        run: facade::run,
    },
    Caller {
        name: "facade-anew",
        run: facade::run_anew,
    },
    Caller {
        name: "hyper-util",
        run: hyper_util::run,
    },
    Caller {
        name: "hyper-util-bare",
        run: hyper_util::run_bare,
    },
    Caller {
        name: "hyper-util-timeout",
        run: hyper_util::run_with_timeout,
    },
    Caller {
        name: "hyper-util-anew",
        run: hyper_util::run_anew,
    },
    Caller {
        name: "hyper",
        run: hyper_connections::run,
    },
    Caller {
        name: "hyper-bare",
        run: hyper_connections::run_bare,
    },
    Caller {
        name: "reqwest",
        run: reqwest::run,
    },
    Caller {
        name: "ureq",
        run: ureq::run,
    },
];

/// `ums-bench caller NAME BASE CA_FILE CONCURRENCY WARM_UP_MS MEASURE_MS`: prints a sample as JSON.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let [name, base, ca_file, concurrency, warm_up, measure] = arguments else {
        anyhow::bail!("caller: expected NAME BASE CA_FILE CONCURRENCY WARM_UP_MS MEASURE_MS");
    };
    let caller = CALLERS
        .iter()
        .find(|caller| caller.name == name)
        .with_context(|| format!("there is no caller {name:?}"))?;
    let task = Task {
        base: base.clone(),
        ca_file: ca_file.into(),
        plan: Plan {
            concurrency: concurrency.parse()?,
            warm_up: Duration::from_millis(warm_up.parse()?),
            measure: Duration::from_millis(measure.parse()?),
        },
    };
    let sample = (caller.run)(&task)?;
    println!("{}", serde_json::to_string(&sample)?);
    Ok(())
}

/// Trust in the bench's own CA, for clients made by hand.
fn tls_config(task: &Task) -> Result<rustls::ClientConfig> {
    use rustls_pki_types::pem::PemObject as _;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls_pki_types::CertificateDer::from_pem_file(
        &task.ca_file,
    )?)?;
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
