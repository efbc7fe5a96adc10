//! What `#[derive(Command)]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use super::registration;
use crate::{
    model::{Command, Field},
    spell::caret,
};

pub(super) fn expand(command: &Command<'_>) -> TokenStream {
    let message = message(command);
    let destination = match (command.keys.aggregate.get(), command.keys.handler.get()) {
        (Some(aggregate), _) => Some(decided_by(command, aggregate)),
        (None, Some(handler)) => Some(handled_by(command, handler)),
        (None, None) => decidable(command),
    };
    let registration = registered(command);
    quote!(#message #destination #registration)
}

fn message(command: &Command<'_>) -> TokenStream {
    let (ident, krate, name) = (command.item.ident, &command.item.krate, &command.item.name);
    let (output, error) = (output(command), error(command));
    let route = route(command);
    quote! {
        #[automatically_derived]
        impl #krate::Command for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Output = #output;
            type Error = #error;
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
    let krate = &command.item.krate;
    match (command.keys.error.get(), command.keys.aggregate.get()) {
        (Some(error), _) => quote!(#error),
        (None, Some(aggregate)) => quote!(<#aggregate as #krate::Aggregate>::Error),
        (None, None) => quote!(#krate::HandlerError),
    }
}

/// The way to who serves it; a contract's command takes the way that the trait has already.
fn route(command: &Command<'_>) -> Option<TokenStream> {
    let krate = &command.item.krate;
    let serve = match (command.keys.aggregate.get(), command.keys.handler.get()) {
        (Some(aggregate), _) => quote_spanned!(caret(aggregate)=> decide::<#aggregate, Self>),
        (None, Some(handler)) => quote_spanned!(caret(handler)=> handle::<#handler, Self>),
        (None, None) => return None,
    };
    Some(quote! {
        #[inline]
        fn __route(
            self,
            __cqrs_call: #krate::__private::CommandCall<'_>,
        ) -> impl ::core::future::Future<Output = #krate::__private::CommandResult<Self>> + ::core::marker::Send {
            #krate::__private::CommandCall::#serve(__cqrs_call, self)
        }
    })
}

fn decided_by(command: &Command<'_>, aggregate: &Type) -> TokenStream {
    let (ident, krate, creation) = (command.item.ident, &command.item.krate, creation(command));
    let id = command
        .id()
        .map(|field| id(command, field, &quote!(#aggregate)));
    quote! {
        #[automatically_derived]
        impl #krate::DecidedBy<#aggregate> for #ident {
            const CREATION: #krate::__private::Creation = #creation;

            #[inline]
            fn aggregate_id(&self) -> &<#aggregate as #krate::Aggregate>::Id {
                #id
            }
        }
    }
}

fn handled_by(command: &Command<'_>, handler: &Type) -> TokenStream {
    let (ident, krate) = (command.item.ident, &command.item.krate);
    quote! {
        #[automatically_derived]
        impl #krate::HandledBy<#handler> for #ident {}
    }
}

/// A contract's command with an id can be claimed by any aggregate whose id has the field's type. The type is only
/// named in a bound, since it may be less visible than the command.
fn decidable(command: &Command<'_>) -> Option<TokenStream> {
    let field = command.id()?;
    let (ident, krate, creation) = (command.item.ident, &command.item.krate, creation(command));
    let (ty, id) = (field.ty, id(command, field, &quote!(__CqrsAggregate)));
    Some(quote! {
        #[automatically_derived]
        #[allow(private_bounds)]
        impl<__CqrsAggregate: #krate::Aggregate> #krate::__private::DecidableBy<__CqrsAggregate> for #ident
        where
            #ty: #krate::__private::IdOf<__CqrsAggregate, <__CqrsAggregate as #krate::Aggregate>::Id>,
        {
            const CREATION: #krate::__private::Creation = #creation;

            #[inline]
            fn aggregate_id(&self) -> &<__CqrsAggregate as #krate::Aggregate>::Id {
                #id
            }
        }
    })
}

/// The field as the aggregate's id; that it is one is asked at the field's type.
fn id(command: &Command<'_>, field: &Field<'_>, aggregate: &TokenStream) -> TokenStream {
    let (krate, member, ty) = (&command.item.krate, &field.member, field.ty);
    quote_spanned! {ty.span()=>
        <#ty as #krate::__private::IdOf<#aggregate, <#aggregate as #krate::Aggregate>::Id>>::id(&self.#member)
    }
}

fn creation(command: &Command<'_>) -> TokenStream {
    let krate = &command.item.krate;
    let creation = if command.keys.create.is_given() {
        quote!(Create)
    } else if command.keys.upsert.is_given() {
        quote!(Upsert)
    } else {
        quote!(Update)
    };
    quote!(#krate::__private::Creation::#creation)
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
        &quote!(command::<#ident>() #to #by_name .fields(#fields)),
    )
}
