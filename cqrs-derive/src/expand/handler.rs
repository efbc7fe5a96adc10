//! What `#[derive(Handler)]` writes.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Member, Type, spanned::Spanned};

use super::{destination, registration};
use crate::{
    attr::{Once, field::InjectKeys},
    model::{Field, Handler},
    spell::caret,
};

pub(super) fn expand(handler: &Handler<'_>) -> TokenStream {
    let inject = inject(handler);
    let links = links(handler);
    let registration = registered(handler);
    quote!(#inject #links #registration)
}

fn inject(handler: &Handler<'_>) -> TokenStream {
    let (ident, name) = (handler.item.ident, &handler.item.name);
    let fields = || handler.item.fields.iter().zip(&handler.injects).enumerate();
    // All are asked for before one is missed, so that all that is missing is noted.
    let values = fields().map(|(at, (field, keys))| value(at, field, keys));
    let members = fields().map(|(at, (field, keys))| {
        let value = format_ident!("__cqrs_field{at}");
        let missing = (!keys.default.is_given()).then(|| quote!(?));
        let name = field.original.ident.as_ref().map(|name| quote!(#name:));
        quote!(#name #value #missing)
    });
    let made = match handler.item.fields.first().map(|field| &field.member) {
        None => quote!(Self {}),
        Some(Member::Named(_)) => quote!(Self { #(#members),* }),
        Some(Member::Unnamed(_)) => quote!(Self(#(#members),*)),
    };
    let body = quote! {
        #(#values)*
        ::core::option::Option::Some(#made)
    };
    // Believed, as `destination::believed` is: what several threads cannot use is said at the field.
    let shared = handler.item.fields.iter().map(|field| {
        let ty = field.ty;
        quote!(for<'__cqrs_any> #ty: ::core::marker::Send + ::core::marker::Sync)
    });
    // Nobody else sees the type of a field.
    let quiet = (!handler.item.fields.is_empty()).then(|| quote!(#[allow(private_bounds)]));
    quote_spanned! {handler.item.span()=>
        #[automatically_derived]
        #quiet
        impl __cqrs::Handler for #ident
        where
            #(#shared,)*
        {
            const NAME: &'static ::core::primitive::str = #name;

            fn inject(__cqrs_from: &mut __cqrs::Injector<'_>) -> ::core::option::Option<Self> {
                #body
            }
        }
    }
}

fn value(at: usize, field: &Field<'_>, keys: &InjectKeys) -> TokenStream {
    let span = field.span();
    let (value, ty, name) = (format_ident!("__cqrs_field{at}"), field.ty, field.name());
    let asked = if keys.default.is_given() {
        quote_spanned!(span=> __cqrs::Injector::field_or_default::<#ty>(__cqrs_from))
    } else {
        quote_spanned!(span=> __cqrs::Injector::field::<#ty>(__cqrs_from, #name))
    };
    quote!(let #value = #asked;)
}

/// That it follows its events, and takes the messages that it claims.
fn links(handler: &Handler<'_>) -> TokenStream {
    let ident = handler.item.ident;
    let events = types(&handler.keys.events).map(|ty| {
        quote_spanned! {caret(ty)=>
            #[automatically_derived]
            impl __cqrs::FollowedByHandler<#ident> for #ty {}
        }
    });
    let messages = types(&handler.keys.commands)
        .chain(types(&handler.keys.queries))
        .map(|ty| claim(ident, ty));
    quote!(#(#events)* #(#messages)*)
}

/// That it takes a message, and is the only one to. What kind of message it is does not count here: a command among the
/// queries is said to be none where it is listed, and its impl is not one more error.
fn claim(service: &Ident, message: &Type) -> TokenStream {
    let (goes, only_one) = (
        destination::claimed(message, service),
        destination::only_one(message),
    );
    let is_command = destination::believed(message, "Command");
    let is_query = destination::believed(message, "Query");
    quote_spanned! {caret(message)=>
        #[automatically_derived]
        impl __cqrs::HandledBy<#service> for #message where #is_command {}
        #[automatically_derived]
        impl __cqrs::AnsweredBy<#service> for #message where #is_query {}
        #goes
        const _: () = #only_one;
    }
}

fn types(list: &Once<Vec<Type>>) -> impl Iterator<Item = &Type> {
    list.get().into_iter().flatten()
}

fn registered(handler: &Handler<'_>) -> TokenStream {
    let ident = handler.item.ident;
    // Each call stands at its message, whose place it reads.
    let at = |ty: &Type| {
        let mut service = ident.clone();
        service.set_span(caret(ty));
        service
    };
    let claim = |ty: &Type, kind: TokenStream, function: TokenStream| {
        let answer = quote_spanned!(caret(ty)=> <#ty as __cqrs::#kind>::Output);
        let service = destination::proved(&answer, at(ty));
        let message = destination::proved(&answer, ty);
        quote_spanned!(caret(ty)=> __cqrs::Claim::#function::<#service, #message>())
    };
    let commands =
        types(&handler.keys.commands).map(|ty| claim(ty, quote!(Command), quote!(handles)));
    let queries = types(&handler.keys.queries).map(|ty| claim(ty, quote!(Query), quote!(answers)));
    let subscribing = handler.keys.events.is_given().then(|| {
        let events = types(&handler.keys.events).map(|ty| {
            let service = at(ty);
            quote_spanned!(caret(ty)=> __cqrs::Listen::to::<#service, #ty>())
        });
        let from_beginning = handler.keys.from.is_given();
        quote!(.subscribing(const { &[#(#events),*] }, #from_beginning))
    });
    let reading = handler.keys.reads.is_given().then(|| {
        let views = types(&handler.keys.reads)
            .map(|ty| quote_spanned!(caret(ty)=> __cqrs::TypeRef::of_read_model::<#ty>()));
        quote!(.reading(const { &[#(#views),*] }))
    });
    let service = handler
        .item
        .fields
        .iter()
        .fold(quote!(#ident), |it, field| {
            let ty = field.ty;
            let proof = quote_spanned!(ty.span()=> <#ty as __cqrs::HandlerField>::Proof);
            destination::proved(&proof, it)
        });
    registration::submit(
        &handler.item,
        "Handler",
        &quote_spanned!(handler.item.span()=> handler::<#service>(const { &[#(#commands,)* #(#queries),*] }) #subscribing #reading),
    )
}
