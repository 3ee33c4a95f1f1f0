//! What an operation's requests must have: what its declaration says, and what is said here alone.

use ums_model::{ConditionRule, FieldSpec, Need, OPERATIONS, OperationSpec, PayMode};

/// The fields that are asked for, by their names on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// The declaration, from which come paths, lengths and what must be sent.
    pub(crate) declared: Option<&'static OperationSpec>,
    /// What must be sent beside what is declared.
    pub(crate) required: &'static [&'static str],
    /// What must be sent at one version only.
    pub(crate) required_at: &'static [(&'static str, &'static str)],
    /// Of these at least one must be sent, where the declaration has no such rule.
    pub(crate) one_of: &'static [&'static str],
    /// Whether this is a value of `payMode`, where there is one.
    pub(crate) is_pay_mode: fn(&str) -> bool,
}

impl Needs {
    /// No rule.
    pub(crate) const NONE: Self = Self {
        declared: None,
        required: &[],
        required_at: &[],
        one_of: &[],
        is_pay_mode: |mode| PayMode::ALL.iter().any(|known| known.code() == mode),
    };

    /// What is declared.
    pub(crate) const fn of(declared: &'static OperationSpec) -> Self {
        Self {
            declared: Some(declared),
            ..Self::NONE
        }
    }

    /// Whether a field must be sent, at whichever version.
    pub(crate) fn requires(&self, name: &str) -> bool {
        let declared = self.field(name);
        declared.is_some_and(|field| field.need == Need::Required) || self.required.contains(&name)
    }

    /// Of these at least one must be sent; none where there is no such rule. That a query is to
    /// have exactly one is a rule for who writes it: of two, one wins.
    pub(crate) fn one_of(&self) -> &'static [&'static str] {
        let mut conditions = self
            .declared
            .iter()
            .flat_map(|declared| declared.conditions);
        let found = conditions.find(|condition| {
            matches!(
                condition.rule,
                ConditionRule::AtLeastOne | ConditionRule::ExactlyOne
            )
        });
        found.map_or(self.one_of, |condition| condition.fields)
    }

    /// The longest value of a field that elsewhere may have so many characters.
    pub(crate) fn longest(&self, name: &str, elsewhere: usize) -> usize {
        let here = self.field(name).and_then(|field| field.max_length);
        here.unwrap_or(elsewhere)
    }

    fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        let mut fields = self.declared?.request.iter();
        fields.find(|field| field.name == name)
    }

    /// Every field that a rule names.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let declared = self.declared.iter().flat_map(|declared| declared.request);
        let declared = declared.filter(|field| field.need == Need::Required);
        let at = self.required_at.iter().map(|(_, name)| *name);
        let others = self.required.iter().chain(self.one_of());
        let others = others.copied().chain(at);
        others.chain(declared.map(|field| field.name))
    }
}

/// The longest value that any declared operation takes in a field.
pub(crate) fn longest_declared(name: &str) -> Option<usize> {
    let fields = OPERATIONS.iter().flat_map(|operation| operation.request);
    fields
        .filter(|field| field.name == name)
        .filter_map(|field| field.max_length)
        .max()
}
