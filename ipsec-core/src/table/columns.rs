//! Columns under construction: numbers, words that repeat, and lists.

use arrow_array::builder::{GenericListBuilder, ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, PrimitiveArray};
use arrow_buffer::{BooleanBufferBuilder, NullBufferBuilder, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field};
use core::fmt::{self, Write as _};
use core::hash::Hash;
use std::collections::HashMap;
use std::sync::Arc;

/// A column of numbers, any of which may be absent.
#[derive(Debug)]
pub(super) struct Numbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    there: NullBufferBuilder,
}

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            there: NullBufferBuilder::new(0),
        }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    #[inline]
    pub(super) fn push(&mut self, value: T::Native) {
        self.values.push(value);
        self.there.append_non_null();
    }

    #[inline]
    pub(super) fn push_option(&mut self, value: Option<T::Native>) {
        self.values.push(value.unwrap_or_default());
        self.there.append(value.is_some());
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn take(&mut self) -> PrimitiveArray<T> {
        let room = self.values.len();
        let values = core::mem::replace(&mut self.values, Vec::with_capacity(room));
        PrimitiveArray::new(ScalarBuffer::from(values), self.there.finish())
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        Arc::new(self.take())
    }
}

/// A column of words that repeat: each stands once in a dictionary, made anew
/// for each batch. `K` tells words apart before they are written out.
#[derive(Debug)]
pub(super) struct Words<K> {
    keys: Numbers<Int32Type>,
    known: HashMap<K, i32>,
    words: StringBuilder,
    /// The last two, which are mostly those of the next row.
    last: [Option<(K, i32)>; 2],
    text: String,
}

impl<K> Default for Words<K> {
    fn default() -> Self {
        Self {
            keys: Numbers::default(),
            known: HashMap::new(),
            words: StringBuilder::new(),
            last: [None, None],
            text: String::new(),
        }
    }
}

impl<K: Copy + Eq + Hash> Words<K> {
    /// Appends the word of `key`, which `write` spells.
    #[inline]
    pub(super) fn push(&mut self, key: K, write: impl FnOnce(K, &mut String) -> fmt::Result) {
        for &(known, number) in self.last.iter().flatten() {
            if known == key {
                return self.keys.push(number);
            }
        }
        let number = self.number(key, write);
        let [newest, _] = self.last;
        self.last = [Some((key, number)), newest];
        self.keys.push(number);
    }

    /// Appends the word of `key`, if there is one.
    #[inline]
    pub(super) fn push_option(
        &mut self,
        key: Option<K>,
        write: impl FnOnce(K, &mut String) -> fmt::Result,
    ) {
        match key {
            Some(key) => self.push(key, write),
            None => self.keys.push_option(None),
        }
    }

    fn number(&mut self, key: K, write: impl FnOnce(K, &mut String) -> fmt::Result) -> i32 {
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        self.text.clear();
        // Writing into a string never fails.
        let _ = write(key, &mut self.text);
        self.words.append_value(&self.text);
        let number = i32::try_from(self.known.len()).unwrap_or(i32::MAX);
        self.known.insert(key, number);
        number
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.known.clear();
        self.last = [None, None];
        let words = Arc::new(self.words.finish());
        Ok(Arc::new(DictionaryArray::try_new(self.keys.take(), words)?))
    }
}

/// Spells a word that is at hand.
pub(super) fn as_it_is(word: &str, out: &mut String) -> fmt::Result {
    out.write_str(word)
}

/// A column of texts, any of which may be absent.
#[derive(Debug, Default)]
pub(super) struct Texts(StringBuilder);

impl Texts {
    pub(super) fn push(&mut self, text: Option<impl AsRef<str>>) {
        self.0.append_option(text);
    }

    /// Appends `words` with a space between each two.
    pub(super) fn push_joined<W: AsRef<str>>(
        &mut self,
        words: Option<impl IntoIterator<Item = W>>,
    ) {
        let Some(words) = words else {
            return self.0.append_null();
        };
        for (before, word) in words.into_iter().enumerate() {
            let space = if before > 0 { " " } else { "" };
            // Writing into memory never fails.
            let _ = self.0.write_str(space);
            let _ = self.0.write_str(word.as_ref());
        }
        self.0.append_value("");
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// A column of yes and no, either of which may be absent.
#[derive(Debug)]
pub(super) struct Truths {
    values: BooleanBufferBuilder,
    there: NullBufferBuilder,
}

impl Default for Truths {
    fn default() -> Self {
        Self {
            values: BooleanBufferBuilder::new(0),
            there: NullBufferBuilder::new(0),
        }
    }
}

impl Truths {
    #[inline]
    pub(super) fn push(&mut self, value: impl Into<Option<bool>>) {
        let value = value.into();
        self.values.append(value.unwrap_or_default());
        self.there.append(value.is_some());
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        let values = self.values.finish();
        Arc::new(BooleanArray::new(values, self.there.finish()))
    }
}

/// A column of lists of words.
#[derive(Debug)]
pub(super) struct Lists(GenericListBuilder<i32, StringBuilder>);

impl Default for Lists {
    fn default() -> Self {
        let item = Field::new_list_field(DataType::Utf8, false);
        Self(ListBuilder::new(StringBuilder::new()).with_field(item))
    }
}

impl Lists {
    pub(super) fn push<W: AsRef<str>>(&mut self, words: impl IntoIterator<Item = W>) {
        for word in words {
            self.0.values().append_value(word);
        }
        self.0.append(true);
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}

/// The type of a column of [`Words`].
pub(super) fn words() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The type of a column of [`Lists`].
pub(super) fn lists() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, false)))
}
