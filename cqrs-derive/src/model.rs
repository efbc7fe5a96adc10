//! What a derive works on: borrowed views of `syn`, each with its place.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Ident, LitStr, Member, Type};

use crate::{
    attr::{
        Keys, Once,
        aggregate::AggregateKeys,
        command::CommandKeys,
        event::EventKeys,
        field::{self, InjectKeys, TagKeys},
        handler::HandlerKeys,
        projection::ProjectionKeys,
        query::QueryKeys,
        view::ViewKeys,
    },
    ctxt::Ctxt,
    names,
    paths::Crate,
    spell::{caret, said},
};

/// The struct under a derive.
pub(crate) struct Item<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) ident: &'a Ident,
    pub(crate) krate: Crate,
    /// Its stored name.
    pub(crate) name: String,
    pub(crate) fields: Vec<Field<'a>>,
}

impl<'a> Item<'a> {
    fn new(input: &'a DeriveInput, suffix: &str, name: &Once<LitStr>, krate: Crate) -> Self {
        let name = name
            .get()
            .map_or_else(|| names::default(&input.ident, suffix), LitStr::value);
        Self {
            input,
            ident: &input.ident,
            krate,
            name,
            fields: Field::all(input),
        }
    }
}

impl Item<'_> {
    /// Where its name is.
    pub(crate) fn span(&self) -> Span {
        self.ident.span()
    }
}

/// A field.
pub(crate) struct Field<'a> {
    pub(crate) original: &'a syn::Field,
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
}

impl<'a> Field<'a> {
    fn all(input: &'a DeriveInput) -> Vec<Self> {
        let Data::Struct(data) = &input.data else {
            return Vec::new();
        };
        data.fields
            .iter()
            .zip(data.fields.members())
            .map(|(original, member)| Self {
                original,
                member,
                ty: &original.ty,
            })
            .collect()
    }

    fn attributes(&self) -> &'a [Attribute] {
        &self.original.attrs
    }

    /// Its name as it is said; a number in a tuple.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => said(ident),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    /// Where it is declared.
    pub(crate) fn span(&self) -> Span {
        match &self.member {
            Member::Named(ident) => ident.span(),
            Member::Unnamed(_) => caret(self.ty),
        }
    }
}

/// A field marked `#[id]`.
pub(crate) struct Marked<'a> {
    /// Which one, by its place among the fields.
    pub(crate) field: usize,
    pub(crate) mark: &'a Attribute,
}

fn ids<'a>(cx: &Ctxt, fields: &[Field<'a>]) -> Vec<Marked<'a>> {
    let marked = |(field, it): (usize, &Field<'a>)| {
        Some(Marked {
            field,
            mark: field::mark(cx, it.attributes(), "id")?,
        })
    };
    fields.iter().enumerate().filter_map(marked).collect()
}

/// `#[derive(Command)]`.
pub(crate) struct Command<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: CommandKeys,
    pub(crate) ids: Vec<Marked<'a>>,
}

impl<'a> Command<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = CommandKeys::read(cx, &input.attrs);
        let item = Item::new(input, "Command", &keys.name, Crate::new(keys.krate.get()));
        let ids = ids(cx, &item.fields);
        Self { item, keys, ids }
    }

    /// The field that says which aggregate.
    pub(crate) fn id(&self) -> Option<&Field<'a>> {
        self.ids.first().map(|id| &self.item.fields[id.field])
    }
}

/// `#[derive(Query)]`.
pub(crate) struct Query<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: QueryKeys,
    pub(crate) ids: Vec<Marked<'a>>,
}

impl<'a> Query<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = QueryKeys::read(cx, &input.attrs);
        let item = Item::new(input, "Query", &keys.name, Crate::new(keys.krate.get()));
        let ids = ids(cx, &item.fields);
        Self { item, keys, ids }
    }

    /// The field that says which document.
    pub(crate) fn id(&self) -> Option<&Field<'a>> {
        self.ids.first().map(|id| &self.item.fields[id.field])
    }
}

/// `#[derive(Event)]`.
pub(crate) struct Event<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: EventKeys,
    pub(crate) tags: Vec<Tag>,
}

/// A field marked `#[tag]`.
pub(crate) struct Tag {
    pub(crate) field: usize,
    pub(crate) keys: TagKeys,
}

impl<'a> Event<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = EventKeys::read(cx, &input.attrs);
        let item = Item::new(input, "Event", &keys.name, Crate::new(keys.krate.get()));
        let tags = item
            .fields
            .iter()
            .enumerate()
            .filter_map(|(field, it)| {
                field::find(cx, it.attributes(), "tag")?;
                Some(Tag {
                    field,
                    keys: TagKeys::read(cx, it.attributes()),
                })
            })
            .collect();
        Self { item, keys, tags }
    }
}

/// `#[derive(Aggregate)]`.
pub(crate) struct Aggregate<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: AggregateKeys,
}

impl<'a> Aggregate<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = AggregateKeys::read(cx, &input.attrs);
        let item = Item::new(input, "Aggregate", &keys.name, Crate::new(keys.krate.get()));
        Self { item, keys }
    }
}

/// `#[derive(View)]`.
pub(crate) struct View<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: ViewKeys,
    /// The struct derives `Aggregate` too.
    pub(crate) is_aggregate: bool,
    /// The fields marked `#[index]`.
    pub(crate) indexes: Vec<Marked<'a>>,
}

impl<'a> View<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = ViewKeys::read(cx, &input.attrs);
        let is_aggregate = input
            .attrs
            .iter()
            .any(|it| it.path().is_ident(AggregateKeys::ATTRIBUTE));
        // What is wrong in the other derive's attribute, that derive reports.
        let elsewhere = Ctxt::default();
        let aggregate = AggregateKeys::read(&elsewhere, &input.attrs);
        drop(elsewhere.check());
        let krate = Crate::new(keys.krate.get().or_else(|| aggregate.krate.get()));
        let item = Item::new(input, "View", &keys.name, krate);
        let marked = |(field, it): (usize, &Field<'a>)| {
            Some(Marked {
                field,
                mark: field::mark(cx, it.attributes(), "index")?,
            })
        };
        let indexes = item.fields.iter().enumerate().filter_map(marked).collect();
        Self {
            item,
            keys,
            is_aggregate,
            indexes,
        }
    }

    /// It follows its own events, and has no list of others.
    pub(crate) const fn is_own(&self) -> bool {
        self.is_aggregate && !self.keys.events.is_given()
    }
}

/// `#[derive(Projection)]`.
pub(crate) struct Projection<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: ProjectionKeys,
}

impl<'a> Projection<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = ProjectionKeys::read(cx, &input.attrs);
        let item = Item::new(
            input,
            "Projection",
            &keys.name,
            Crate::new(keys.krate.get()),
        );
        Self { item, keys }
    }
}

/// `#[derive(Handler)]`.
pub(crate) struct Handler<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) keys: HandlerKeys,
    /// What is said of injecting each field.
    pub(crate) injects: Vec<InjectKeys>,
}

impl<'a> Handler<'a> {
    pub(crate) fn from_syn(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let keys = HandlerKeys::read(cx, &input.attrs);
        let item = Item::new(input, "Handler", &keys.name, Crate::new(keys.krate.get()));
        let injects = item
            .fields
            .iter()
            .map(|it| InjectKeys::read(cx, it.attributes()))
            .collect();
        Self {
            item,
            keys,
            injects,
        }
    }
}
