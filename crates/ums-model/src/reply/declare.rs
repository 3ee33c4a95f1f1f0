//! How replies are made: one macro that makes a struct, its field table and its one-pass reader
//! from one list.

/// Makes a reply from the list of its documented fields:
///
/// ```text
/// /// The order's id.
/// order_id: Text = "orderId" in "§1.2.3 p.6", max 50, need Required, holds Public;
/// /// The payer's name in the wallet.
/// third_party_buyer_user_name: Text = "thirdPartyBuyerUserName" in "§1.2.3 p.7", need Optional, holds Personal;
/// ```
///
/// `in` names where the field is written, as in a request. `max` is the documented length, which a
/// reply is not held to; `need` is `Unknown` when it is not given; `kind` is the documented JSON
/// type where it is not the type's own; `holds` is the [`Sensitivity`](crate::Sensitivity) where it
/// is not the type's own, and what it hides, `Debug` does not show.
///
/// The objects inside a reply are made by it too.
///
/// It gives the struct with a public [`Field`](crate::Field) for each, `FIELDS`, `decode`, the
/// accessors of what was received, and a `Debug` that leaves out absent fields, hidden values and
/// the values of unlisted ones.
macro_rules! reply {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                $field:ident: $type:ty = $wire:literal in $source:tt $(, max $max:literal)? $(, need $need:ident)?
                    $(, kind $kind:ident)? $(, holds $holds:ident)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[doc = $crate::field::spec::field_doc!($($need)?; $($max)?; $source)]
                pub $field: $crate::reply::field::Field<$type>,
            )*
            received: $crate::json::text::Text,
            unlisted: $crate::json::value::Fields,
        }

        #[allow(dead_code, non_upper_case_globals, reason = "named as the fields, used or not")]
        impl $crate::field::spec::WireNames<$name> {
            $(pub(crate) const $field: &'static str = $wire;)*
        }

        impl $name {
            /// The documented fields, in the documented order.
            pub const FIELDS: &'static [$crate::field::spec::FieldSpec] = &[
                $($crate::field::spec::FieldSpec {
                    name: $wire,
                    kind: $crate::reply::declare::reply!(@kind $type $(, $kind)?),
                    max_length: $crate::reply::declare::reply!(@max $($max)?),
                    format: <$type as $crate::reply::field::Read>::FORMAT,
                    need: $crate::reply::declare::reply!(@need $($need)?),
                    sensitivity: $crate::reply::declare::reply!(@holds $type $(, $holds)?),
                    source: $crate::field::spec::source!($source),
                    items: <$type as $crate::reply::field::Read>::ITEMS,
                },)*
            ];

            /// Reads a reply's body, keeping it.
            ///
            /// # Errors
            ///
            /// [`MalformedReply`](crate::MalformedReply) when the body is not one well-formed JSON
            /// object. A field that does not read as documented is no error.
            pub fn decode(body: ::bytes::Bytes) -> Result<Self, $crate::reply::malformed_reply::MalformedReply> {
                #[derive(Default)]
                struct Slots {
                    $($field: Option<$crate::reply::field::Field<$type>>,)*
                }

                impl $crate::json::object::Slots for Slots {
                    fn put(&mut self, name: &str, token: &$crate::json::object::Token<'_>) -> $crate::json::object::Put {
                        match name {
                            $($wire => $crate::reply::field::fill(&mut self.$field, token),)*
                            _ => $crate::json::object::Put::Unlisted,
                        }
                    }
                }

                let mut slots = Slots::default();
                let (received, unlisted) = $crate::json::object::read_body(body, &mut slots)?;
                Ok(Self {
                    $($field: slots.$field.unwrap_or_default(),)*
                    received,
                    unlisted,
                })
            }

            /// The body as it was received.
            pub fn received(&self) -> &$crate::json::text::Text {
                &self.received
            }

            /// The fields that no document lists for this reply, and misspelt ones, in the order
            /// received.
            pub fn unlisted(&self) -> &$crate::json::value::Fields {
                &self.unlisted
            }
        }

        impl $crate::reply::field::Element for $name {
            const FIELDS: &'static [$crate::field::spec::FieldSpec] = Self::FIELDS;

            fn decode(body: ::bytes::Bytes) -> Result<Self, $crate::reply::malformed_reply::MalformedReply> {
                Self::decode(body)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut out = f.debug_struct(stringify!($name));
                $(if !self.$field.is_absent() {
                    match $crate::reply::declare::reply!(@holds $type $(, $holds)?).is_hidden() {
                        true => out.field(stringify!($field), &format_args!("hidden")),
                        false => out.field(stringify!($field), &self.$field),
                    };
                })*
                out.field("unlisted", &self.unlisted).finish()
            }
        }
    };
    (@kind $type:ty) => { <$type as $crate::reply::field::Read>::KIND };
    (@kind $type:ty, $kind:ident) => { $crate::field::spec::FieldKind::$kind };
    (@holds $type:ty) => { <$type as $crate::reply::field::Read>::SENSITIVITY };
    (@holds $type:ty, $holds:ident) => { $crate::field::spec::Sensitivity::$holds };
    (@max) => { None };
    (@max $max:literal) => { Some($max) };
    (@need) => { $crate::field::spec::Need::Unknown };
    (@need $need:ident) => { $crate::field::spec::Need::$need };
}

pub(crate) use reply;
