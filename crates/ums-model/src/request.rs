//! How requests are made: one macro that makes a struct, its field table and its one serialization from one list.

use crate::amount::Fen;
use crate::spec::{FieldKind, FieldSpec, Format, Sensitivity};

/// A type that a request's field can have.
pub(crate) trait WireType {
    /// The documented JSON type.
    const KIND: FieldKind;
    /// The documented maximum length.
    const MAX_LENGTH: Option<usize> = None;
    /// The documented format inside the JSON type.
    const FORMAT: Option<Format> = None;
    /// What a value gives away.
    const SENSITIVITY: Sensitivity = Sensitivity::Public;
    /// The fields of the objects inside.
    const ITEMS: &'static [FieldSpec] = &[];
}

impl WireType for bool {
    const KIND: FieldKind = FieldKind::Boolean;
}

impl WireType for u64 {
    const KIND: FieldKind = FieldKind::Number;
}

impl WireType for Fen {
    const KIND: FieldKind = FieldKind::Number;
    const FORMAT: Option<Format> = Some(Format::Fen);
}

/// Makes a request from the list of its fields, in the order in which they are written:
///
/// ```text
/// required merchant_code: MerchantCode = "merchantCode" in "§1.2.3 p.5",
/// unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum" in sample,
/// conditional merchant_order_id: MerchantOrderId = "merchantOrderId" in "§1.4.3 p.11",
/// ```
///
/// - `required` is always written;
/// - `optional` is written when its setter was called;
/// - `conditional` is an `Option` that only the request's own module sets, which keeps the condition; so is an `optional`
///   without a setter. A `conditional` with a setter leaves the condition to the caller;
/// - `unknown` is optional here because no document that could be read says whether the platform needs it.
///
/// `in` names where the field is written: sections and pages of POS通交易接口 v20200527, or `page` (the official v6 page
/// of the void), `sample` (that of the operation's v6 page), `live` or `community`. Type, length and sensitivity are
/// those of the field's type.
///
/// `pub struct Query at Version` adds the version that the request is sent at, with a getter and a setter.
///
/// It gives the struct with private fields, a getter for each, a setter for each optional one, `FIELDS`, and
/// `Serialize`, which leaves out what was not given.
macro_rules! request {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(at $version:ident)? {
            $(
                $(#[$field_meta:meta])*
                $need:ident $field:ident $(, $setter:ident)?: $type:ty = $wire:literal in $source:tt,
            )*
        }
    ) => {
        $crate::request::request! {
            @struct [$(#[$meta])* pub struct $name $(at $version)?]
            $([$need $field: $type = $wire])*
        }

        impl $name {
            /// The fields, in the order in which they are written.
            pub const FIELDS: &'static [$crate::FieldSpec] = &[
                $($crate::FieldSpec {
                    name: $wire,
                    kind: <$type as $crate::request::WireType>::KIND,
                    max_length: <$type as $crate::request::WireType>::MAX_LENGTH,
                    format: <$type as $crate::request::WireType>::FORMAT,
                    need: $crate::request::request!(@need $need),
                    sensitivity: <$type as $crate::request::WireType>::SENSITIVITY,
                    source: $crate::spec::source!($source),
                    items: <$type as $crate::request::WireType>::ITEMS,
                },)*
            ];

            $(
                /// The version of the interface that the request is sent at.
                pub fn version(&self) -> $version {
                    self.version
                }

                /// Sends the request at another version of the interface that is known for it.
                #[must_use]
                pub fn at_version(self, version: impl Into<$version>) -> Self {
                    Self { version: version.into(), ..self }
                }
            )?

            $($crate::request::request! {
                @access $need
                $(#[$field_meta])*
                #[doc = $crate::spec::field_doc!($need; ; $source)]
                $field $(, $setter)?: $type
            })*
        }
    };

    (@struct [$(#[$meta:meta])* pub struct $name:ident $(at $version:ident)?] $([$need:ident $field:ident: $type:ty = $wire:literal])*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $(version: $version,)?
            $($field: $crate::request::request!(@type $need $type),)*
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $($crate::request::request!(@write $need map, $wire, self.$field);)*
                map.end()
            }
        }
    };

    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@type conditional $type:ty) => { Option<$type> };
    (@type unknown $type:ty) => { Option<$type> };

    (@need required) => { $crate::Need::Required };
    (@need optional) => { $crate::Need::Optional };
    (@need conditional) => { $crate::Need::Conditional };
    (@need unknown) => { $crate::Need::Unknown };

    (@write required $map:ident, $wire:literal, $value:expr) => { $map.serialize_entry($wire, &$value)? };
    (@write $need:ident $map:ident, $wire:literal, $value:expr) => {
        if let Some(value) = &$value {
            $map.serialize_entry($wire, value)?;
        }
    };

    (@access required $(#[$meta:meta])* $field:ident: $type:ty) => {
        $(#[$meta])*
        pub fn $field(&self) -> &$type {
            &self.$field
        }
    };
    (@access conditional $(#[$meta:meta])* $field:ident: $type:ty) => {
        $(#[$meta])*
        pub fn $field(&self) -> Option<&$type> {
            self.$field.as_ref()
        }
    };
    (@access optional $(#[$meta:meta])* $field:ident: $type:ty) => {
        $crate::request::request! { @access conditional $(#[$meta])* $field: $type }
    };
    (@access unknown $(#[$meta:meta])* $field:ident: $type:ty) => {
        $crate::request::request! { @access conditional $(#[$meta])* $field: $type }
    };
    (@access conditional $(#[$meta:meta])* $field:ident, $setter:ident: $type:ty) => {
        $crate::request::request! { @access optional $(#[$meta])* $field, $setter: $type }
    };
    (@access unknown $(#[$meta:meta])* $field:ident, $setter:ident: $type:ty) => {
        $crate::request::request! { @access optional $(#[$meta])* $field, $setter: $type }
    };
    (@access optional $(#[$meta:meta])* $field:ident, $setter:ident: $type:ty) => {
        $(#[$meta])*
        pub fn $field(&self) -> Option<&$type> {
            self.$field.as_ref()
        }

        #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $setter(self, value: impl Into<$type>) -> Self {
            Self { $field: Some(value.into()), ..self }
        }
    };
}

pub(crate) use request;
