//! How operations are made: one macro that takes everything that is known of an operation, and
//! makes from it what this crate and others need of it.

/// Makes an operation from its one declaration: the request and the reply as `request!` and
/// `reply!` take them, and then what else is known of it.
///
/// ```text
/// name "void_payment", "支付撤销", "void of a payment";
/// path Version::V6 => "/v6/poslink/transaction/voidpayment" in page;
/// effect MovesMoney;
/// judged as VoidOrReversal;
/// order merchant merchant_order_id, ums original_order_id;
/// needs AtLeastOne of merchant_order_id, original_order_id;
/// identity merchant_order_id, original_order_id;
/// echo original_order_id as order_id, "originalOrderId";
/// asked by Query with VoidPayment::query {
///     echo merchant_order_id as merchant_order_id;
///     state QueryState::Voided says Executed;
///     concluded plainly;
///     repeatable true;
/// }
/// ```
///
/// - `at Version`: the versions; `at Version only` where a constructor alone may choose one;
/// - `path`: each version that is known, the default one first; without `Version::… =>` where there
///   is only one;
/// - `judged as`: the column of the reply codes that judges it;
/// - `order`: the fields that name the order, by whose id it is;
/// - `needs`: what fields must fulfil together: their number, or `holds Type::check, "in words"`
///   for a rule of its own;
/// - `identity`: the fields that tell this call from every other one;
/// - `echo`: what the reply repeats: a field of the request, or a text that is always so, and the
///   fields of the reply that repeat it, by name in Rust where the reply lists them, by name on the
///   wire where it does not;
/// - `open unless`: a flag of the reply that leaves the outcome open unless it is absent or has
///   this value;
/// - `asked by … with`: the query that finds out the outcome, and the method that makes it; what
///   its answer repeats, what each state in it says, and the function that concludes from both,
///   `plainly` where that is all;
/// - `confirmed with …, by`: a further query that an answer may need, and what its answer says.
///
/// It gives the request and the reply, `SPEC`, `from_wire`, `impl Operation`, and `impl Resolve`
/// where it is asked about.
macro_rules! operation {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(at $version:ident $($set:ident)?)? { $($request:tt)* }

        $(#[$reply_meta:meta])*
        pub struct $reply:ident { $($replied:tt)* }

        name $wire_name:literal, $chinese:literal, $english:literal;
        $(path $($at:path =>)? $path:literal in $source:tt;)+
        effect $effect:ident;
        judged as $column:ident;
        $(order $($owner:ident $order:ident),+;)?
        $(needs $rule:ident of $($needed:ident),+ $(: $check:path, $words:literal)?;)*
        identity $($identity:ident),+;
        $(echo $sent:tt as $($repeated:tt),+;)*
        $(open unless $flag:ident is $closed:path;)?
        $(asked by $query:ident with $ask:path {
            $(echo $asked:tt as $($answered:tt),+;)*
            $(state $states:ident::$state:ident says $meaning:ident;)+
            concluded $conclude:path;
            $(confirmed with $confirmation:path, by $confirmed:path;)?
            repeatable $again:literal;
        })?
    ) => {
        $crate::request::declare::request! {
            $(#[$meta])*
            pub struct $name $(at $version $($set)?)? { $($request)* }
        }

        $crate::reply::declare::reply! {
            $(#[$reply_meta])*
            pub struct $reply { $($replied)* }
        }

        impl $name {
            /// Everything that is known of the operation, as data.
            pub const SPEC: $crate::operation::spec::OperationSpec = $crate::operation::spec::OperationSpec {
                name: $wire_name,
                chinese: $chinese,
                english: $english,
                paths: &[$($crate::operation::spec::PathSpec::new($path, $crate::field::spec::source!($source)),)+],
                effect: $crate::operation::effect::Effect::$effect,
                kind: $crate::judge::pos_operation::PosOperation::$name,
                codes: $crate::judge::pos_operation::PosOperation::$name.codes(),
                request: Self::FIELDS,
                reply: <$reply>::FIELDS,
                conditions: &[$($crate::field::spec::Condition {
                    fields: &[$($crate::field::spec::WireNames::<$name>::$needed),+],
                    rule: $crate::operation::declare::operation!(@rule $rule $($words)?),
                },)*],
                order: $crate::operation::spec::OrderFields {
                    $($($owner: Some($crate::field::spec::WireNames::<$name>::$order),)+)?
                    ..$crate::operation::spec::OrderFields::NONE
                },
                identity: &[$($crate::field::spec::WireNames::<$name>::$identity),+],
                echoes: &[$($($crate::operation::declare::operation!(@echo $name $reply $sent $repeated),)+)*],
                asked: $crate::operation::declare::operation!(@asked $($query {
                    echoes: &[$($($crate::operation::declare::operation!(
                        @echo $name <$query as $crate::operation::contract::Operation>::Reply, $asked $answered
                    ),)+)*],
                    states: &[$($crate::operation::spec::StateSpec::new(
                        $states::$state.as_str(),
                        $crate::operation::spec::Meaning::$meaning,
                    ),)+],
                    may_be_repeated: $again,
                })?),
            };

            /// Reads the request back from its path and its body, as strictly as it is written.
            ///
            /// # Errors
            ///
            /// Returns an error if the path is none of the operation's, or if the body is not what
            /// such a request is written as: a field that it does not have, that is there twice, is
            /// missing, is of another JSON type, or does not hold what it must.
            pub fn from_wire(path: &str, body: &[u8]) -> Result<Self, $crate::request::invalid_request::InvalidRequest> {
                Self::read_back(path, body)
                    .map_err(|problem| $crate::request::invalid_request::InvalidRequest::new($wire_name, problem))
            }

            fn read_back(path: &str, body: &[u8]) -> Result<Self, $crate::request::invalid_request::RequestProblem> {
                let body = ::bytes::Bytes::copy_from_slice(body);
                let read = || <Self as $crate::request::read::FromObject>::from_object(body);
                let request = match path {
                    $($path => $crate::operation::declare::operation!(@at read()? $(, $at)?),)+
                    _ => return Err($crate::request::invalid_request::RequestProblem::UnknownPath(path.to_owned())),
                };
                request.check_conditions()?;
                Ok(request)
            }

            fn check_conditions(&self) -> Result<(), $crate::field::misfit::Misfit> {
                // An operation may have none.
                let conditions = &mut Self::SPEC.conditions.iter();
                $(
                    let fulfilled = |condition: &$crate::field::spec::Condition| {
                        let given = [$($crate::field::sent::is_given(self.$needed())),+];
                        condition.takes(given.into_iter().filter(|given| *given).count()) $(&& $check(self))?
                    };
                    $crate::field::misfit::Misfit::unless(fulfilled, conditions.next())?;
                )*
                let _ = conditions;
                Ok(())
            }
        }

        // The list is made from the declarations, and must be when they change.
        const _: () = assert!(
            matches!($name::SPEC.kind.column(), $crate::judge::pos_operation::Column::$column),
            "the list of the operations is not that of the declarations: run `cargo xtask fixtures`"
        );

        // The column of the reply codes and the effect say the same of whether money is moved.
        const _: () = assert!(matches!(
            ($name::SPEC.effect, $name::SPEC.kind.moves_money()),
            ($crate::operation::effect::Effect::MovesMoney, Some(true))
                | ($crate::operation::effect::Effect::ReadOnly, Some(false))
        ));

        impl $crate::operation::contract::Operation for $name {
            type Reply = $reply;

            fn name(&self) -> &str {
                $wire_name
            }

            fn path(&self) -> &str {
                $crate::operation::declare::operation!(@path self $([$($at =>)? $path])+)
            }

            fn effect(&self) -> $crate::operation::effect::Effect {
                $crate::operation::effect::Effect::$effect
            }

            fn order(&self) -> $crate::operation::order_ids::OrderIds<'_> {
                $crate::operation::order_ids::OrderIds {
                    $($($owner: $crate::field::sent::Sent::sent(self.$order()),)+)?
                    ..$crate::operation::order_ids::OrderIds::NONE
                }
            }

            fn merchant(&self) -> Option<&str> {
                Some(self.merchant_code.as_str())
            }

            fn encode(&self) -> Result<::bytes::Bytes, $crate::operation::contract::EncodeError> {
                $crate::operation::contract::encode_json(self)
            }

            fn decode(
                &self,
                body: ::bytes::Bytes,
            ) -> Result<$reply, $crate::reply::malformed_reply::MalformedReply> {
                <$reply>::decode(body)
            }

            fn judge(&self, reply: &$reply) -> $crate::judge::judgement::Judgement {
                $crate::judge::judgement::Judgement::of_pos_code(
                    $crate::judge::pos_operation::PosOperation::$name,
                    reply.err_code.typed().cloned(),
                    reply.err_info.typed().cloned(),
                    reply.unlisted(),
                    $crate::operation::declare::operation!(@open reply $($flag $closed)?),
                )
            }

            fn gateway_codes(&self) -> $crate::judge::gateway_codes::GatewayCodes {
                $crate::judge::gateway_codes::GatewayCodes::POSLINK
            }

            fn discrepancies(&self, reply: &$reply) -> Vec<$crate::operation::discrepancy::Discrepancy> {
                let _ = reply;
                $crate::operation::discrepancy::found([
                    $($($crate::operation::declare::operation!(@compare self $reply, reply, $sent $repeated),)+)*
                ])
            }
        }

        $(
            impl $crate::operation::resolve::Resolve for $name {
                type Query = $query;

                fn query(&self) -> Option<$query> {
                    Some($ask(self))
                }

                fn finding(
                    &self,
                    answer: &<$query as $crate::operation::contract::Operation>::Reply,
                    request: &$crate::operation::resolve::RequestTrace,
                ) -> $crate::operation::resolve::Finding {
                    // No document says that an answer has the merchant: one that has another is
                    // about another's.
                    let discrepancies = $crate::operation::discrepancy::found([
                        $crate::operation::discrepancy::Discrepancy::of_unlisted(
                            "merchantCode",
                            Some(&self.merchant_code),
                            answer.unlisted(),
                        ),
                        $($($crate::operation::declare::operation!(
                            @compare self <$query as $crate::operation::contract::Operation>::Reply, answer, $asked $answered
                        ),)+)*
                    ]);
                    let meaning = match $crate::operation::resolve::Answer::state(answer) {
                        $($states::$state => $crate::operation::spec::Meaning::$meaning,)+
                    };
                    let meaning = $crate::operation::resolve::unless_no_record(answer, meaning);
                    $conclude(self, answer, request, discrepancies, meaning)
                }

                $(
                    fn confirmation(
                        &self,
                        answer: &<$query as $crate::operation::contract::Operation>::Reply,
                    ) -> Option<$crate::operation::resolve::Confirmation> {
                        $confirmation(self, answer)
                    }

                    fn confirmed(
                        &self,
                        answer: &$crate::reply::json_reply::JsonReply,
                        request: &$crate::operation::resolve::RequestTrace,
                    ) -> $crate::operation::resolve::Finding {
                        $confirmed(self, answer, request)
                    }
                )?

                fn may_be_repeated(&self) -> bool {
                    $again
                }
            }
        )?
    };

    (@rule AtLeastOne) => { $crate::field::spec::ConditionRule::AtLeastOne };
    (@rule ExactlyOne) => { $crate::field::spec::ConditionRule::ExactlyOne };
    (@rule holds $words:literal) => { $crate::field::spec::ConditionRule::Words($words) };

    (@at $request:expr) => { $request };
    (@at $request:expr, $at:path) => { $request.at_version($at) };

    (@path $self:ident [$path:literal]) => { $path };
    (@path $self:ident $([$at:path => $path:literal])+) => { match $self.version { $($at => $path,)+ } };

    (@open $reply:ident) => { false };
    (@open $reply:ident $flag:ident $closed:path) => {
        !matches!(&$reply.$flag, $crate::reply::field::Field::Absent | $crate::reply::field::Field::Typed($closed))
    };

    (@asked) => { None };
    (@asked $query:ident { $($spec:tt)* }) => {
        Some($crate::operation::spec::AskedSpec { query: <$query>::SPEC.name, $($spec)* })
    };

    // What is compared: a field of the request or a text, with a field that the reply lists or does
    // not list.
    (@echo $name:ident $reply:ty, $sent:tt $repeated:tt) => {
        $crate::operation::spec::Echo::new(
            $crate::operation::declare::operation!(@repeated $reply, $repeated),
            $crate::operation::declare::operation!(@expected $name $sent),
            $crate::operation::declare::operation!(@is_listed $repeated),
        )
    };
    (@echo $name:ident $reply:ident $sent:tt $repeated:tt) => {
        $crate::operation::declare::operation!(@echo $name $reply, $sent $repeated)
    };
    (@expected $name:ident $sent:ident) => {
        $crate::operation::spec::Expected::Field($crate::field::spec::WireNames::<$name>::$sent)
    };
    (@expected $name:ident $value:literal) => { $crate::operation::spec::Expected::Value($value) };
    (@repeated $reply:ty, $repeated:ident) => { $crate::field::spec::WireNames::<$reply>::$repeated };
    (@repeated $reply:ty, $repeated:literal) => { $repeated };
    (@is_listed $repeated:ident) => { true };
    (@is_listed $repeated:literal) => { false };
    (@compare $self:ident $type:ty, $reply:ident, $sent:tt $repeated:ident) => {
        $crate::operation::discrepancy::Discrepancy::of_echo(
            $crate::field::spec::WireNames::<$type>::$repeated,
            $crate::operation::declare::operation!(@sent $self $sent),
            &$reply.$repeated,
        )
    };
    (@compare $self:ident $type:ty, $reply:ident, $sent:tt $repeated:literal) => {
        $crate::operation::discrepancy::Discrepancy::of_unlisted(
            $repeated,
            $crate::operation::declare::operation!(@sent $self $sent),
            $reply.unlisted(),
        )
    };
    (@sent $self:ident $sent:ident) => { $crate::field::sent::Sent::sent($self.$sent()) };
    (@sent $self:ident $value:literal) => { Some($value) };
}

pub(crate) use operation;
