//! Rows as PostgreSQL's `COPY` takes them in its binary format
//! (<https://www.postgresql.org/docs/15/sql-copy.html>, "Binary Format").

use sea_orm::Value;

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const NULL: i32 = -1;
/// What stands in the place of a row's number of columns after the last row.
const END: i16 = -1;

/// These rows; none where a value is of a kind that no table here has.
pub(super) fn packed<const COLUMNS: usize>(rows: &[[Value; COLUMNS]]) -> Option<Vec<u8>> {
    let columns = i16::try_from(COLUMNS).ok()?;
    let mut data = Vec::with_capacity(HEADER.len() + rows.len() * COLUMNS * 24);
    data.extend(HEADER);
    for row in rows {
        data.extend(columns.to_be_bytes());
        for value in row {
            push(&mut data, value)?;
        }
    }
    data.extend(END.to_be_bytes());
    Some(data)
}

fn push(data: &mut Vec<u8>, value: &Value) -> Option<()> {
    match value {
        Value::Uuid(Some(id)) => push_bytes(data, id.as_bytes()),
        Value::String(Some(text)) => push_bytes(data, text.as_bytes()),
        Value::SmallInt(Some(number)) => push_bytes(data, &number.to_be_bytes()),
        Value::BigInt(Some(number)) => push_bytes(data, &number.to_be_bytes()),
        Value::Bool(Some(truth)) => push_bytes(data, &[u8::from(*truth)]),
        Value::Double(Some(number)) => push_bytes(data, &number.to_be_bytes()),
        Value::Uuid(None)
        | Value::String(None)
        | Value::SmallInt(None)
        | Value::BigInt(None)
        | Value::Bool(None)
        | Value::Double(None) => {
            data.extend(NULL.to_be_bytes());
            Some(())
        }
        _ => None,
    }
}

fn push_bytes(data: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    data.extend(i32::try_from(bytes.len()).ok()?.to_be_bytes());
    data.extend(bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_its_length_and_its_bytes_and_null_is_no_length() {
        let rows = [[Value::from("é"), Value::SmallInt(None)], [Value::from("a"), Value::from(258_i16)]];
        let data = packed(&rows).unwrap();
        let (header, rest) = data.split_at(HEADER.len());
        assert_eq!((header, header.len()), (HEADER, 19));
        let expected: &[&[u8]] = &[
            &[0, 2, 0, 0, 0, 2, 0xc3, 0xa9, 0xff, 0xff, 0xff, 0xff],
            &[0, 2, 0, 0, 0, 1, b'a', 0, 0, 0, 2, 1, 2],
            &[0xff, 0xff],
        ];
        assert_eq!(rest, expected.concat());
        assert!(packed(&[[Value::Float(Some(1.0))]]).is_none());
    }
}
