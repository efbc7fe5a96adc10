//! That a message goes to one, which the compiler is to see.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use crate::spell::caret;

/// The message itself says where it goes. Not to whom, so that one whom it names and who lists it all the same is not two
/// conflicts.
pub(super) fn routed(message: &Ident, to: &Type) -> TokenStream {
    quote_spanned! {caret(to)=>
        #[automatically_derived]
        impl __cqrs::GoesTo<Self> for #message {}
    }
}

/// A list says that the message goes to `taker`.
pub(super) fn claimed(message: &Type, taker: &Ident) -> TokenStream {
    quote_spanned! {caret(message)=>
        #[automatically_derived]
        impl __cqrs::GoesTo<#taker> for #message {}
    }
}

/// That the type is a message of this kind, as a bound that is believed: where it is none, the impl under it is not one
/// more error. What the compiler believes is a bound with a lifetime; a plain one it holds against the type.
pub(super) fn believed(message: &Type, kind: &str) -> TokenStream {
    let kind = Ident::new(kind, Span::call_site());
    quote!(for<'__cqrs_any> #message: __cqrs::#kind)
}

/// The type, which the compiler looks at after the proof, and not at all without it: a proof that is missing is the only
/// error then, and the same one wherever it is missing.
pub(super) fn proved(proof: &TokenStream, ty: impl ToTokens) -> TokenStream {
    quote_spanned!(proof.span()=> __cqrs::Answering<#proof, #ty>)
}

/// Asks at a list who takes the message, without saying it: an error where it is not only the list's owner.
///
/// The owner is local, so that no two impls meet; what the compiler cannot do then is to infer it.
pub(super) fn only_one(message: &Type) -> TokenStream {
    quote_spanned! {caret(message)=>
        __cqrs::a_message_goes_to_one_so_take_it_out_of_the_other_list::<#message, _>()
    }
}
