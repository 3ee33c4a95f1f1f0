//! How requests are made: one macro that makes a struct, its field table, its one serialization and
//! its reading back from one list.

/// Makes a request from the list of its fields, in the order in which they are written:
///
/// ```text
/// required merchant_code: MerchantCode = "merchantCode" in "§1.2.3 p.5",
/// unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum" in sample,
/// conditional merchant_order_id: MerchantOrderId = "merchantOrderId" in "§1.4.3 p.11",
/// ```
///
/// - `required` is always written;
/// - `constant` is always written, as the type's default value;
/// - `optional` is written when its setter was called;
/// - `conditional` is an `Option` that only the request's own module sets, which keeps the
///   condition; so is an `optional` without a setter. A `conditional` with a setter leaves the
///   condition to the caller;
/// - `unknown` is optional here because no document that could be read says whether the platform
///   needs it.
///
/// `in` names where the field is written: sections and pages of POS通交易接口 v20200527, or `page`
/// (the official v6 page of the void), `sample` (that of the operation's v6 page), `live` or
/// `community`. Type, length and sensitivity are those of the field's type.
///
/// `pub struct Query at Version` adds the version that the request is sent at, with a getter and a
/// setter; with `at Version only` the setter is the request's own.
///
/// It gives the struct with private fields, a getter for each, a setter for each optional one,
/// `FIELDS`, `Serialize`, which leaves out what was not given, `of_required` for the request's own
/// constructors, with the required fields as arguments in their order, and the reading back of what
/// was written.
macro_rules! request {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(at $version:ident $($set:ident)?)? {
            $(
                $(#[$field_meta:meta])*
                $need:ident $field:ident $(, $setter:ident)?: $type:ty = $wire:literal in $source:tt,
            )*
        }
    ) => {
        $crate::request::declare::request! {
            @struct [$(#[$meta])* pub struct $name $(at $version)?]
            $([$need $field: $type = $wire])*
        }

        $crate::request::declare::request! { @required $name $(at $version)? [] [] $($need $field: $type,)* }

        #[allow(dead_code, non_upper_case_globals, reason = "named as the fields, used or not")]
        impl $crate::field::spec::WireNames<$name> {
            $(pub(crate) const $field: &'static str = $wire;)*
        }

        impl $crate::request::read::FromObject for $name {
            fn from_object(body: ::bytes::Bytes) -> Result<Self, $crate::request::read::Unreadable> {
                #[derive(Default)]
                struct Given {
                    $($field: Option<$type>,)*
                    faults: $crate::request::read::Faults,
                }

                impl $crate::json::object::Slots for Given {
                    fn put(&mut self, name: &str, token: &$crate::json::object::Token<'_>) -> $crate::json::object::Put {
                        match name {
                            $($wire => self.faults.take($wire, &mut self.$field, token),)*
                            _ => self.faults.unlisted(name),
                        }
                    }

                    fn stopped(&mut self, name: &str) {
                        self.faults.stopped(name);
                    }
                }

                let mut given = Given::default();
                $crate::request::read::read_object(body, &mut given, |given| &mut given.faults)?;
                Ok(Self {
                    $(version: <$version>::default(),)?
                    $($field: $crate::request::declare::request!(@given $need $wire, given.$field),)*
                })
            }
        }

        impl $name {
            /// The fields, in the order in which they are written.
            pub const FIELDS: &'static [$crate::field::spec::FieldSpec] = &[
                $($crate::field::spec::FieldSpec {
                    name: $wire,
                    kind: <$type as $crate::field::wire_type::WireType>::KIND,
                    max_length: <$type as $crate::field::wire_type::WireType>::MAX_LENGTH,
                    format: <$type as $crate::field::wire_type::WireType>::FORMAT,
                    need: $crate::request::declare::request!(@need $need),
                    sensitivity: <$type as $crate::field::wire_type::WireType>::SENSITIVITY,
                    source: $crate::field::spec::source!($source),
                    items: <$type as $crate::field::wire_type::WireType>::ITEMS,
                },)*
            ];

            $(
                /// The version of the interface that the request is sent at.
                pub fn version(&self) -> $version {
                    self.version
                }

                $crate::request::declare::request! { @at $version $($set)? }
            )?

            $($crate::request::declare::request! {
                @access $need
                $(#[$field_meta])*
                #[doc = $crate::field::spec::field_doc!($need; ; $source)]
                $field $(, $setter)?: $type
            })*
        }
    };

    (@struct [$(#[$meta:meta])* pub struct $name:ident $(at $version:ident)?] $([$need:ident $field:ident: $type:ty = $wire:literal])*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $(version: $version,)?
            $($field: $crate::request::declare::request!(@type $need $type),)*
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $($crate::request::declare::request!(@write $need map, $wire, self.$field);)*
                map.end()
            }
        }
    };

    (@at $version:ident) => {
        /// Sends the request at another version of the interface that is known for it.
        #[must_use]
        pub fn at_version(self, version: impl Into<$version>) -> Self {
            Self { version: version.into(), ..self }
        }
    };
    (@at $version:ident only) => {
        fn at_version(self, version: $version) -> Self {
            Self { version, ..self }
        }
    };

    // Sorts the fields by whether the constructor takes them, has a value for them, or leaves them
    // out.
    (@required $name:ident $(at $version:ident)? [$($required:ident: $type:ty,)*] [$($value:tt)*]) => {
        impl $name {
            #[allow(clippy::too_many_arguments, reason = "a request has as many as it needs")]
            fn of_required($($required: $type,)*) -> Self {
                Self {
                    $(version: <$version>::default(),)?
                    $($required,)*
                    $($value)*
                }
            }
        }
    };
    (@required $name:ident $(at $version:ident)? [$($required:tt)*] [$($value:tt)*] required $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::request::declare::request! { @required $name $(at $version)? [$($required)* $field: $type,] [$($value)*] $($rest)* }
    };
    (@required $name:ident $(at $version:ident)? [$($required:tt)*] [$($value:tt)*] constant $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::request::declare::request! { @required $name $(at $version)? [$($required)*] [$($value)* $field: Default::default(),] $($rest)* }
    };
    (@required $name:ident $(at $version:ident)? [$($required:tt)*] [$($value:tt)*] $need:ident $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::request::declare::request! { @required $name $(at $version)? [$($required)*] [$($value)* $field: None,] $($rest)* }
    };

    (@given required $wire:literal, $given:expr) => { $crate::request::read::required($wire, $given)? };
    (@given constant $wire:literal, $given:expr) => { $crate::request::read::required($wire, $given)? };
    (@given $need:ident $wire:literal, $given:expr) => { $given };

    (@type required $type:ty) => { $type };
    (@type constant $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@type conditional $type:ty) => { Option<$type> };
    (@type unknown $type:ty) => { Option<$type> };

    (@need required) => { $crate::field::spec::Need::Required };
    (@need constant) => { $crate::field::spec::Need::Required };
    (@need optional) => { $crate::field::spec::Need::Optional };
    (@need conditional) => { $crate::field::spec::Need::Conditional };
    (@need unknown) => { $crate::field::spec::Need::Unknown };

    (@write required $map:ident, $wire:literal, $value:expr) => { $map.serialize_entry($wire, &$value)? };
    (@write constant $map:ident, $wire:literal, $value:expr) => { $map.serialize_entry($wire, &$value)? };
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
    (@access constant $(#[$meta:meta])* $field:ident: $type:ty) => {
        $crate::request::declare::request! { @access required $(#[$meta])* $field: $type }
    };
    (@access conditional $(#[$meta:meta])* $field:ident: $type:ty) => {
        $(#[$meta])*
        pub fn $field(&self) -> Option<&$type> {
            self.$field.as_ref()
        }
    };
    (@access optional $(#[$meta:meta])* $field:ident: $type:ty) => {
        $crate::request::declare::request! { @access conditional $(#[$meta])* $field: $type }
    };
    (@access unknown $(#[$meta:meta])* $field:ident: $type:ty) => {
        $crate::request::declare::request! { @access conditional $(#[$meta])* $field: $type }
    };
    (@access conditional $(#[$meta:meta])* $field:ident, $setter:ident: $type:ty) => {
        $crate::request::declare::request! { @access optional $(#[$meta])* $field, $setter: $type }
    };
    (@access unknown $(#[$meta:meta])* $field:ident, $setter:ident: $type:ty) => {
        $crate::request::declare::request! { @access optional $(#[$meta])* $field, $setter: $type }
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
