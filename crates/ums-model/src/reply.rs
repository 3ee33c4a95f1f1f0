//! How replies are made: one macro that makes a struct, its field table and its one-pass reader from one list.

/// Makes a reply from the list of its documented fields:
///
/// ```text
/// /// The order's id.
/// order_id: Text = "orderId", max 50;
/// /// The wallet's name.
/// third_party_name: Text = "thirdPartyName", need Conditional;
/// ```
///
/// `max` is the documented length, which a reply is not held to; `need` is `Unknown` when it is not given.
///
/// It gives the struct with a public [`Field`](crate::Field) for each, `FIELDS`, `decode`, the accessors of what was
/// received, and a `Debug` that leaves out absent fields and the values of unlisted ones.
macro_rules! reply {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                $field:ident: $type:ty = $wire:literal $(, max $max:literal)? $(, need $need:ident)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_meta])*
                pub $field: $crate::Field<$type>,
            )*
            received: $crate::Text,
            unlisted: $crate::Fields,
        }

        impl $name {
            /// The documented fields, in the documented order.
            pub const FIELDS: &'static [$crate::FieldSpec] = &[
                $($crate::FieldSpec::new(
                    $wire,
                    <$type as $crate::field::Read>::KIND,
                    $crate::reply::reply!(@max $($max)?),
                    <$type as $crate::field::Read>::FORMAT,
                    $crate::reply::reply!(@need $($need)?),
                ),)*
            ];

            /// Reads a reply's body, keeping it.
            ///
            /// # Errors
            ///
            /// [`MalformedReply`](crate::MalformedReply) when the body is not one well-formed JSON object. A field
            /// that does not read as documented is no error.
            pub fn decode(body: ::bytes::Bytes) -> Result<Self, $crate::MalformedReply> {
                #[derive(Default)]
                struct Slots {
                    $($field: Option<$crate::Field<$type>>,)*
                }

                impl $crate::object::Slots for Slots {
                    fn put(&mut self, name: &str, token: &$crate::object::Token<'_>) -> $crate::object::Put {
                        match name {
                            $($wire => $crate::object::fill(&mut self.$field, token),)*
                            _ => $crate::object::Put::Unlisted,
                        }
                    }
                }

                let mut slots = Slots::default();
                let (received, unlisted) = $crate::object::read_body(body, &mut slots)?;
                Ok(Self {
                    $($field: slots.$field.unwrap_or_default(),)*
                    received,
                    unlisted,
                })
            }

            /// The body as it was received.
            pub fn received(&self) -> &$crate::Text {
                &self.received
            }

            /// The fields that no document lists for this reply, and misspelt ones, in the order received.
            pub fn unlisted(&self) -> &$crate::Fields {
                &self.unlisted
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut out = f.debug_struct(stringify!($name));
                $(if !self.$field.is_absent() {
                    out.field(stringify!($field), &self.$field);
                })*
                out.field("unlisted", &self.unlisted).finish()
            }
        }
    };
    (@max) => { None };
    (@max $max:literal) => { Some($max) };
    (@need) => { $crate::Need::Unknown };
    (@need $need:ident) => { $crate::Need::$need };
}

pub(crate) use reply;
