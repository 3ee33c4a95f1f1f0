//! How the types of text fields are made.

/// Makes a type around one text field: constructor, accessors, wire name and rule.
///
/// `1..=15` is the documented length, and `any` says that no document that could be read limits it.
/// `holds` is the field's [`Sensitivity`](crate::Sensitivity): `Debug` prints a `Public` value, of
/// a `Text` its length, and nothing of any other, which is in no error and has no `Display` either.
macro_rules! text_field {
    (
        $(#[$meta:meta])*
        $name:ident = $field:literal, any, $($rest:tt)*
    ) => {
        $crate::field::text_field::text_field! { @make $(#[$meta])* $name = $field, None, $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $name:ident = $field:literal, $min:literal..=$max:literal, $($rest:tt)*
    ) => {
        $crate::field::text_field::text_field! { @make $(#[$meta])* $name = $field, Some($min..=$max), $($rest)* }
    };
    (
        @make $(#[$meta:meta])*
        $name:ident = $field:literal, $length:expr, $characters:ident $(, $format:ident)?;
        holds $holds:ident
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            const RULE: $crate::field::invalid_field::TextRule = $crate::field::invalid_field::TextRule {
                field: $field,
                length: $length,
                characters: $crate::field::invalid_field::Characters::$characters,
                hidden: $crate::field::spec::Sensitivity::$holds.is_hidden(),
            };

            /// Takes a value that the field takes.
            ///
            /// # Errors
            ///
            /// [`InvalidField`](crate::InvalidField) when the value is too long, too short, or has
            /// a character that the field does not take.
            pub fn new(value: impl Into<String>) -> Result<Self, $crate::field::invalid_field::InvalidField> {
                let value = value.into();
                $crate::field::invalid_field::check(&Self::RULE, &value)?;
                Ok(Self(value.into_boxed_str()))
            }

            /// The value as it goes on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::field::wire_type::WireType for $name {
            const KIND: $crate::field::spec::FieldKind = $crate::field::spec::FieldKind::String;
            const MAX_LENGTH: Option<usize> = match &Self::RULE.length {
                Some(length) => Some(*length.end()),
                None => None,
            };
            const FORMAT: Option<$crate::field::spec::Format> = $crate::field::text_field::text_field!(@format $($format)?);
            const SENSITIVITY: $crate::field::spec::Sensitivity = $crate::field::spec::Sensitivity::$holds;

            fn from_token(
                token: &$crate::json::object::Token<'_>,
            ) -> Result<Self, $crate::field::misfit::Misfit> {
                Ok(Self::new($crate::field::wire_type::string(token)?)?)
            }
        }

        impl $crate::field::sent::Plain for $name {
            type Plain = str;

            fn plain(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::field::invalid_field::InvalidField;

            fn from_str(value: &str) -> Result<Self, $crate::field::invalid_field::InvalidField> {
                Self::new(value)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        $crate::field::text_field::text_field!(@debug $holds $name);
    };
    (@format) => { None };
    (@format $format:ident) => { Some($crate::field::spec::Format::$format) };
    (@display $name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
    (@debug Public $name:ident) => {
        $crate::field::text_field::text_field!(@display $name);

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }
    };
    (@debug Text $name:ident) => {
        $crate::field::text_field::text_field!(@display $name);

        /// The length only: the text may name a customer.
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} characters)"), self.as_str().chars().count())
            }
        }
    };
    (@debug $hidden:ident $name:ident) => {
        /// The name of the type only: the value is a payer's, or a secret.
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}

pub(crate) use text_field;
