//! What `#[derive(Command)]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use super::{destination, registration};
use crate::{
    model::{Command, Field},
    paths::respan,
    spell::caret,
};

pub(super) fn expand(command: &Command<'_>) -> TokenStream {
    let message = message(command);
    let destination = match (command.keys.aggregate.get(), command.keys.handler.get()) {
        (Some(aggregate), _) => Some(decided_by(command, aggregate)),
        (None, Some(handler)) => Some(handled_by(command, handler)),
        (None, None) => decidable(command),
    };
    let goes = (command.keys.aggregate.get())
        .or_else(|| command.keys.handler.get())
        .map(|to| destination::routed(command.item.ident, to));
    let registration = registered(command);
    quote!(#message #destination #goes #registration)
}

fn message(command: &Command<'_>) -> TokenStream {
    let (ident, name) = (command.item.ident, &command.item.name);
    let (output, error) = (output(command), error(command));
    let route = route(command);
    // Where the aggregate is less visible than the command, this is what leaks it: the caret belongs to who named it.
    let here = (command.keys.aggregate.get()).map_or_else(|| command.item.span(), caret);
    let error = quote_spanned!(here=> type Error = #error;);
    quote_spanned! {command.item.span()=>
        #[automatically_derived]
        impl __cqrs::Command for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Output = #output;
            #error
            #route
        }
    }
}

/// What it is answered with.
pub(crate) fn output(command: &Command<'_>) -> TokenStream {
    command
        .keys
        .output
        .get()
        .map_or_else(|| quote!(()), |ty| quote!(#ty))
}

/// Why it is rejected.
pub(crate) fn error(command: &Command<'_>) -> TokenStream {
    match (command.keys.error.get(), command.keys.aggregate.get()) {
        (Some(error), _) => quote!(#error),
        (None, Some(aggregate)) => {
            quote_spanned!(caret(aggregate)=> <#aggregate as __cqrs::Aggregate>::Error)
        }
        (None, None) => quote!(__cqrs::HandlerError),
    }
}

/// The way to who serves it; a contract's command takes the way that the trait has already.
fn route(command: &Command<'_>) -> Option<TokenStream> {
    let (to, serve, by) = match (command.keys.aggregate.get(), command.keys.handler.get()) {
        (Some(aggregate), _) => {
            let proof = quote_spanned!(caret(aggregate)=> <#aggregate as __cqrs::Aggregate>::Error);
            (
                aggregate,
                quote!(decide),
                destination::proved(&proof, aggregate),
            )
        }
        (None, Some(handler)) => (handler, quote!(handle), quote!(#handler)),
        (None, None) => return None,
    };
    let here = caret(to);
    let serve = respan(serve, here);
    Some(quote_spanned! {here=>
        #[inline]
        fn __route(
            self,
            __cqrs_call: __cqrs::CommandCall<'_>,
        ) -> impl __cqrs::Way<Self> {
            __cqrs::CommandCall::#serve::<#by, Self>(__cqrs_call, self)
        }
    })
}

fn decided_by(command: &Command<'_>, aggregate: &Type) -> TokenStream {
    let (ident, creation) = (command.item.ident, creation(command));
    let id = command.id().map(|field| id(field, &quote!(#aggregate)));
    quote_spanned! {caret(aggregate)=>
        #[automatically_derived]
        impl __cqrs::DecidedBy<#aggregate> for #ident {
            const CREATION: __cqrs::Creation = #creation;

            #[inline]
            fn aggregate_id(&self) -> &<#aggregate as __cqrs::Aggregate>::Id {
                #id
            }
        }
    }
}

fn handled_by(command: &Command<'_>, handler: &Type) -> TokenStream {
    let ident = command.item.ident;
    quote_spanned! {command.item.span()=>
        #[automatically_derived]
        impl __cqrs::HandledBy<#handler> for #ident {}
    }
}

/// A contract's command with an id can be claimed by any aggregate whose id has the field's type. The type is only
/// named in a bound, since it may be less visible than the command.
fn decidable(command: &Command<'_>) -> Option<TokenStream> {
    let field = command.id()?;
    let (ident, creation) = (command.item.ident, creation(command));
    let (ty, id) = (field.ty, id(field, &quote!(__Aggregate)));
    Some(quote_spanned! {command.item.span()=>
        #[automatically_derived]
        #[allow(private_bounds)]
        impl<__Aggregate: __cqrs::Aggregate> __cqrs::DecidableBy<__Aggregate> for #ident
        where
            #ty: __cqrs::IdOf<__Aggregate, <__Aggregate as __cqrs::Aggregate>::Id>,
        {
            type Claimed = Self;

            const CREATION: __cqrs::Creation = #creation;

            #[inline]
            fn aggregate_id(&self) -> &<__Aggregate as __cqrs::Aggregate>::Id {
                #id
            }
        }
    })
}

/// The field as the aggregate's id; that it is one is asked at the field's type.
fn id(field: &Field<'_>, aggregate: &TokenStream) -> TokenStream {
    let (member, ty) = (&field.member, field.ty);
    quote_spanned! {ty.span()=>
        <#ty as __cqrs::IdOf<#aggregate, <#aggregate as __cqrs::Aggregate>::Id>>::id(&self.#member)
    }
}

fn creation(command: &Command<'_>) -> TokenStream {
    let creation = if command.keys.create.is_given() {
        quote!(Create)
    } else if command.keys.upsert.is_given() {
        quote!(Upsert)
    } else {
        quote!(Update)
    };
    quote!(__cqrs::Creation::#creation)
}

fn registered(command: &Command<'_>) -> TokenStream {
    let ident = command.item.ident;
    let to = match (command.keys.aggregate.get(), command.keys.handler.get()) {
        (Some(aggregate), _) => Some(quote!(.to_aggregate::<#aggregate>())),
        (None, Some(handler)) => Some(quote!(.to_handler::<#handler>())),
        (None, None) => None,
    };
    let by_name = (!command.keys.local.is_given())
        .then(|| quote_spanned!(ident.span()=> .command_by_name::<#ident>()));
    let fields = registration::fields(&command.item);
    registration::submit(
        &command.item,
        "Command",
        &quote_spanned!(command.item.span()=> command::<#ident>() #to #by_name .fields(#fields)),
    )
}
