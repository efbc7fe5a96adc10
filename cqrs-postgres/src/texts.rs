//! Texts that many rows share, handed out without copying, and payloads that share an allocation.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use cqrs_core::{InvalidText, Name, StreamId};

/// The texts that one page has met.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    names: HashMap<String, Name>,
    last_name: Option<Name>,
    last_stream: Option<StreamId>,
    buffer: BytesMut,
}

/// How many bytes of payloads share an allocation, and are kept as long as one of them is.
const SHARED: usize = 16 << 10;

impl Texts {
    /// A name, an actor or a tenant.
    pub(crate) fn name(&mut self, text: &str) -> Name {
        match &self.last_name {
            Some(last) if last == text => return last.clone(),
            _ => {}
        }
        let name = if let Some(name) = self.names.get(text) {
            name.clone()
        } else {
            let name = Name::from(text.to_owned());
            self.names.insert(text.to_owned(), name.clone());
            name
        };
        self.last_name = Some(name.clone());
        name
    }

    /// A stream's id. Only the last one is looked at: pages are of one stream, or of many.
    pub(crate) fn stream(&mut self, aggregate: &str, id: &str) -> Result<StreamId, InvalidText> {
        match &self.last_stream {
            Some(last) if last.id() == id && last.aggregate() == aggregate => {
                return Ok(last.clone());
            }
            _ => {}
        }
        let stream = StreamId::new(self.name(aggregate), id)?;
        self.last_stream = Some(stream.clone());
        Ok(stream)
    }

    /// A copy of bytes. Small ones share an allocation with their neighbours, which is faster than one each.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Bytes {
        if bytes.is_empty() {
            return Bytes::new();
        }
        if bytes.len() > SHARED / 4 {
            return Bytes::copy_from_slice(bytes);
        }
        if self.buffer.capacity() < bytes.len() {
            self.buffer = BytesMut::with_capacity(SHARED);
        }
        self.buffer.extend_from_slice(bytes);
        self.buffer.split().freeze()
    }
}
