//! The errors of the server, in both languages.

use std::path::Path;

use ums_server::{ListenError, ServerBuildError, TlsFilesError, TokenFileError};

use crate::failure::{Failure, FailureKind};
use crate::language::{Message, Told as _};
use crate::print::visible::visible;

/// Why there is no token, or the file of tokens cannot be used.
pub(super) fn token_failure(error: &TokenFileError) -> Failure {
    let (kind, path, text) = match error {
        TokenFileError::Io { path, source } => {
            let text = Message::new("the file of tokens cannot be used: ", "无法使用令牌文件：");
            (FailureKind::System, Some(path), text.and(source.told()))
        }
        TokenFileError::LiesOpen { path, problem } => {
            let text = Message::new(
                format!("the file of tokens lies open: {problem}"),
                "令牌文件或其目录对他人开放，或属于其他用户；请将文件设为 600，目录设为 700",
            );
            (FailureKind::Configuration, Some(path), text)
        }
        TokenFileError::Malformed { path } => {
            let text = Message::new("it is no file of tokens", "不是令牌文件");
            (FailureKind::Configuration, Some(path), text)
        }
        TokenFileError::NameTaken => {
            let text = Message::new(error.to_string(), "已有同名令牌");
            (FailureKind::InvalidInput, None, text)
        }
        TokenFileError::NoSuchToken => {
            let text = Message::new(error.to_string(), "没有此名称或编号的令牌");
            (FailureKind::InvalidInput, None, text)
        }
        TokenFileError::Name => {
            let text = Message::new(
                error.to_string(),
                "令牌名称不能为空或过长，且不能含有控制字符",
            );
            (FailureKind::InvalidInput, None, text)
        }
        error => {
            let text = Message::new(error.to_string(), "无法创建令牌");
            (FailureKind::InvalidInput, None, text)
        }
    };
    about(Failure::text(kind, text), path.map(|path| &**path))
}

/// Why there is no server.
pub(super) fn server_failure(error: &ServerBuildError) -> Failure {
    match error {
        ServerBuildError::Durable(error) => Failure::new(FailureKind::Journal, error),
        error => {
            let text = Message::new(error.to_string(), "配置档案无法使用");
            Failure::text(FailureKind::Configuration, text)
        }
    }
}

/// Why it cannot be listened there.
pub(super) fn listen_failure(error: &ListenError) -> Failure {
    match error {
        ListenError::NeedsTls(address) => Failure::text(
            FailureKind::InvalidInput,
            (
                format!("{address} is not this machine's own: give --tls-cert and --tls-key"),
                format!("{address} 并非本机专用地址：请给出 --tls-cert 和 --tls-key"),
            ),
        ),
        ListenError::OpenDirectory { path } => {
            let text = Message::new(
                "the directory of the socket must be closed to others: chmod 700",
                "套接字所在目录不能对他人开放：请设为 700",
            );
            about(Failure::text(FailureKind::Configuration, text), Some(path))
        }
        ListenError::Taken { path } => {
            let text = Message::new(
                "a server listens there, or it is no socket of yours",
                "已有服务在此监听，或该文件不是您的套接字",
            );
            about(Failure::text(FailureKind::System, text), Some(path))
        }
        ListenError::Tls(error) => tls_failure(error),
        ListenError::Io(error) => Failure::new(FailureKind::System, error),
        error => {
            let text = Message::new(error.to_string(), "无法监听");
            Failure::text(FailureKind::System, text)
        }
    }
}

/// Why there is no TLS by these files.
pub(super) fn tls_failure(error: &TlsFilesError) -> Failure {
    let (path, text) = match error {
        TlsFilesError::LiesOpen { path } => {
            let text = "others can read the key: chmod 600";
            (
                Some(path),
                Message::new(text, "密钥可被他人读取：请设为 600"),
            )
        }
        TlsFilesError::File { path, source } => {
            let text = format!("it cannot be used for TLS: {source}");
            (Some(path), Message::new(text, "无法用于 TLS"))
        }
        error => {
            let text = error.to_string();
            (None, Message::new(text, "证书与密钥无法使用"))
        }
    };
    let failure = Failure::text(FailureKind::Configuration, text);
    about(failure, path.map(|path| &**path))
}

fn about(failure: Failure, path: Option<&Path>) -> Failure {
    match path {
        Some(path) => failure.about(Message::name(visible(&path.display().to_string()))),
        None => failure,
    }
}
