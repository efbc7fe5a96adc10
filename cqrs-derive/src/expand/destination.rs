//! That a message goes to one, which the compiler is to see.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Type;

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

/// Asks at a list who takes the message, without saying it: an error where it is not only the list's owner.
///
/// The owner is local, so that no two impls meet; what the compiler cannot do then is to infer it.
pub(super) fn only_one(message: &Type) -> TokenStream {
    quote_spanned! {caret(message)=>
        __cqrs::a_message_goes_to_one_so_take_it_out_of_the_other_list::<#message, _>()
    }
}
