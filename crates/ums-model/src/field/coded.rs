//! How the types of fields are made that take one of a list of codes.

/// Makes a type from its codes on the wire. Where a code is not listed, there is no value: a
/// request refuses it, and a reply keeps it as it came.
macro_rules! coded {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$code_meta:meta])* $variant:ident = $code:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$code_meta])* $variant,)+
        }

        impl $name {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The one with exactly this code.
            pub(crate) fn of_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
    // The same for a field of a request, which is a string.
    (
        $(#[$meta:meta])*
        pub enum $name:ident in requests { $($codes:tt)+ }
    ) => {
        $crate::field::coded::coded! { $(#[$meta])* pub enum $name { $($codes)+ } }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl $crate::field::wire_type::WireType for $name {
            const KIND: $crate::field::spec::FieldKind = $crate::field::spec::FieldKind::String;

            fn from_token(
                token: &$crate::json::object::Token<'_>,
            ) -> Result<Self, $crate::field::misfit::Misfit> {
                Self::of_code($crate::field::wire_type::string(token)?)
                    .ok_or_else(|| $crate::field::misfit::Misfit::wrong_form("one of the documented codes"))
            }
        }
    };
}

pub(crate) use coded;
