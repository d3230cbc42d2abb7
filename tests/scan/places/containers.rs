//! Archives and files that carry others.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{CONTENT, place, staged};

#[track_caller]
fn file(name: &str, pack: impl Fn(&str) -> Vec<u8>) {
    place(CONTENT, |folder, pair| staged(folder, name, pack(&pair.text())));
}

fn zipped(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a member");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes).expect("its bytes");
    writer.finish().expect("a stream")
}

/// A tar archive of one file (POSIX.1-1988 ustar): a header of 512 bytes, and the content in blocks of 512.
fn tarred(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut all = header.to_vec();
    all.extend_from_slice(bytes);
    all.resize(all.len().div_ceil(512) * 512 + 1024, 0);
    all
}

#[test]
fn zip() {
    file("a.zip", |text| {
        zipped(&[("readme", b"nothing"), ("in/config.py", text.as_bytes())], CompressionMethod::Deflated)
    });
    file("stored.zip", |text| zipped(&[("config.py", text.as_bytes())], CompressionMethod::Stored));
}

#[test]
fn a_zip_that_is_not_called_so() {
    file("report.docx", |text| {
        let xml = format!("<w:document><w:t>{text}</w:t></w:document>");
        zipped(
            &[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", xml.as_bytes())],
            CompressionMethod::Deflated,
        )
    });
    file("app.jar", |text| {
        zipped(&[("META-INF/MANIFEST.MF", b"x"), ("app.properties", text.as_bytes())], CompressionMethod::Deflated)
    });
}

#[test]
fn a_zip_behind_a_program() {
    file("setup.exe", |text| {
        [b"MZ".to_vec(), vec![0x90; 20_000], zipped(&[("a.ini", text.as_bytes())], CompressionMethod::Deflated)]
            .concat()
    });
}

#[test]
fn the_name_of_a_member() {
    place(CONTENT, |folder, pair| {
        let (one, two) = (format!("keys/{}.pem", pair.own), format!("{}/x", pair.vendor));
        staged(folder, "a.zip", zipped(&[(&one, b""), (&two, b"x")], CompressionMethod::Deflated));
    });
}

#[test]
fn gzip_and_several_of_it() {
    file("a.log.gz", |text| gzipped(text.as_bytes()));
    file("b.log.gz", |text| [gzipped(b"first\n"), gzipped(text.as_bytes()), gzipped(b"last\n")].concat());
}

#[test]
fn tar_and_tar_in_gzip() {
    file("a.tar", |text| tarred("config.py", text.as_bytes()));
    file("a.tgz", |text| gzipped(&tarred("config.py", text.as_bytes())));
}

#[test]
fn a_zip_in_a_zip_in_a_gzip() {
    file("a.gz", |text| {
        let inner = zipped(&[("config.py", text.as_bytes())], CompressionMethod::Deflated);
        gzipped(&zipped(&[("inner.zip", &inner)], CompressionMethod::Deflated))
    });
}

#[test]
fn behind_a_picture() {
    file("logo.png", |text| {
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), vec![7; 3000], b"IEND\xaeB`\x82".to_vec(), text.as_bytes().to_vec()]
            .concat()
    });
}

#[test]
fn in_the_middle_of_many_megabytes() {
    // Around the border of the windows in which large files are read.
    file("dump.sql", |text| {
        let mut all = vec![b'-'; 8 * 1024 * 1024 - 30];
        all.extend_from_slice(text.as_bytes());
        all.resize(21 * 1024 * 1024, b'\n');
        all
    });
}
