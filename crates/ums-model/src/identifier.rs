//! Codes, ids and short texts of a request, as types that hold only what their field takes.

/// Makes a type around one text field: constructor, accessors, wire name and rule.
///
/// `1..=15` is the documented length, and `any` says that no document that could be read limits it. `holds` is the
/// field's [`Sensitivity`](crate::Sensitivity): `Debug` prints a `Public` value, of a `Text` its length, and nothing of
/// any other, which is in no error and has no `Display` either.
macro_rules! text_field {
    (
        $(#[$meta:meta])*
        $name:ident = $field:literal, any, $($rest:tt)*
    ) => {
        $crate::identifier::text_field! { @make $(#[$meta])* $name = $field, None, $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $name:ident = $field:literal, $min:literal..=$max:literal, $($rest:tt)*
    ) => {
        $crate::identifier::text_field! { @make $(#[$meta])* $name = $field, Some($min..=$max), $($rest)* }
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
            const RULE: $crate::invalid_field::TextRule = $crate::invalid_field::TextRule {
                field: $field,
                length: $length,
                characters: $crate::invalid_field::Characters::$characters,
                hidden: $crate::Sensitivity::$holds.is_hidden(),
            };

            /// Takes a value that the field takes.
            ///
            /// # Errors
            ///
            /// [`InvalidField`](crate::InvalidField) when the value is too long, too short, or has a character that the field does not take.
            pub fn new(value: impl Into<String>) -> Result<Self, $crate::InvalidField> {
                let value = value.into();
                $crate::invalid_field::check(&Self::RULE, &value)?;
                Ok(Self(value.into_boxed_str()))
            }

            /// The value as it goes on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::request::WireType for $name {
            const KIND: $crate::FieldKind = $crate::FieldKind::String;
            const MAX_LENGTH: Option<usize> = match &Self::RULE.length {
                Some(length) => Some(*length.end()),
                None => None,
            };
            const FORMAT: Option<$crate::Format> = $crate::identifier::text_field!(@format $($format)?);
            const SENSITIVITY: $crate::Sensitivity = $crate::Sensitivity::$holds;
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::InvalidField;

            fn from_str(value: &str) -> Result<Self, $crate::InvalidField> {
                Self::new(value)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        $crate::identifier::text_field!(@debug $holds $name);
    };
    (@format) => { None };
    (@format $format:ident) => { Some($crate::Format::$format) };
    (@display $name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
    (@debug Public $name:ident) => {
        $crate::identifier::text_field!(@display $name);

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }
    };
    (@debug Text $name:ident) => {
        $crate::identifier::text_field!(@display $name);

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

text_field! {
    /// A merchant code (商户号, `merchantCode`): 1 to 15 ASCII letters and digits.
    ///
    /// The maximum is the official page's; it does not say whether it counts characters or bytes, which here is the
    /// same. Every published example has 15 digits; that letters are taken as well is inferred from the type column.
    MerchantCode = "merchantCode", 1..=15, LettersAndDigits;
    holds Public
}

text_field! {
    /// A terminal code (终端号, `terminalCode`): 1 to 8 ASCII letters and digits.
    ///
    /// The maximum is the official page's. Every published example has 8 characters; the character set is inferred.
    TerminalCode = "terminalCode", 1..=8, LettersAndDigits;
    holds Public
}

text_field! {
    /// A system trace number (系统跟踪号, `systemTraceNum`): exactly 6 ASCII digits (official page).
    ///
    /// POS通担保交易接口 v20201204 (§2 p.15) asks for one that is unique for the merchant, the terminal and the trading day;
    /// in live replies the platform assigns one when none was sent.
    SystemTraceNumber = "systemTraceNum", 6..=6, Digits, Digits;
    holds Public
}

text_field! {
    /// A merchant order id (商户订单号, `merchantOrderId`): 1 to 50 visible ASCII characters.
    ///
    /// The maximum is the official page's and that of POS通交易接口 v20200527 (§1.2.3 p.5), which wants another one for each
    /// payment, ever; the character set is inferred from the examples.
    MerchantOrderId = "merchantOrderId", 1..=50, VisibleAscii;
    holds Public
}

text_field! {
    /// A UMS order id (银商订单号, `originalOrderId`): the `orderId` that the reply to the payment named, 1 to 50
    /// visible ASCII characters.
    ///
    /// The maximum, and that it must equal the payment's id, are the official page's; the character set is inferred
    /// from its examples.
    UmsOrderId = "originalOrderId", 1..=50, VisibleAscii;
    holds Public
}

text_field! {
    /// A merchant's remark (商户备注, `merchantRemark`): 1 to 50 printable characters of any script.
    ///
    /// The maximum is the official page's; it does not say whether it counts characters or bytes, and characters are
    /// counted here. `Debug` shows the length only.
    MerchantRemark = "merchantRemark", 1..=50, Printable;
    holds Text
}

text_field! {
    /// A business identifier (业务标识, `bizIdentifier`): 1 to 3 visible ASCII characters.
    ///
    /// The maximum is the official page's, and so is that it is normally not sent; the character set is inferred.
    BizIdentifier = "bizIdentifier", 1..=3, VisibleAscii;
    holds Public
}

text_field! {
    /// A refund request id (退款请求标识, `refundRequestId`): 1 to 50 visible ASCII characters, another one for each refund
    /// of an order and the same one for a repeat of a refund.
    ///
    /// The maximum, and that each refund of an order needs its own, are from POS通交易接口 v20200527 (§1.4.3 p.11); that a
    /// repeat should keep it is inferred from another UMS product, which answers such a repeat with the refund that
    /// exists. The character set is inferred.
    RefundRequestId = "refundRequestId", 1..=50, VisibleAscii;
    holds Public
}

text_field! {
    /// Words of the merchant's own (商户冗余信息, `srcReserved`) that a payment channel may use: 1 to 100 printable
    /// characters of any script.
    ///
    /// The maximum is from POS通交易接口 v20200527 (§1.2.3 p.5, §1.4.3 p.12); an older document has 255 (community). `Debug`
    /// shows the length only.
    SrcReserved = "srcReserved", 1..=100, Printable;
    holds Text
}

text_field! {
    /// A store's number (门店号, `storeId`; POS通交易接口 v20200527 §1.2.3 p.5). No document that could be read limits it.
    StoreId = "storeId", any, Printable;
    holds Public
}

text_field! {
    /// An operator's number (操作员编号, `operatorId`; POS通交易接口 v20200527 §1.2.3 p.6). No document that could be read
    /// limits it.
    OperatorId = "operatorId", any, Printable;
    holds Public
}

text_field! {
    /// Why a refund is made (`refundDesc`), known from the v6 sample and a merchant's client only. `Debug` shows the
    /// length only.
    RefundDesc = "refundDesc", any, Printable;
    holds Text
}

text_field! {
    /// `transparentFields` of a refund, known from the v6 sample only, which has the string `{}`. What it may hold is
    /// not known, so it is taken as the text that is sent. `Debug` shows the length only.
    TransparentFields = "transparentFields", any, Printable;
    holds Text
}
