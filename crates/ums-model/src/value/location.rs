//! Where a terminal stands: the device type of a payment and what must go with it.

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use crate::field::invalid_field::{InvalidField, Rule};
use crate::field::misfit::Misfit;
use crate::field::spec::FieldKind;
use crate::field::text_field::text_field;
use crate::field::wire_type::{WireType, string};
use crate::json::object::Token;

/// The device type of a terminal and where it stands, in one of the ways that its device type
/// allows.
///
/// A physical terminal sends its coordinates or its base station; one that is not physical (device
/// types 01, 11, 12 and 13) sends its coordinates or its IP address. The rule, the formats and the
/// lengths are from the comments of a community client, which say that they are the v6 page's; the
/// page's own text could not be read.
///
/// ```
/// use ums_model::{Latitude, Longitude, TerminalLocation, VirtualDevice};
///
/// let at = TerminalLocation::at(
///     VirtualDevice::Type11,
///     Longitude::new("-121.48352")?,
///     Latitude::new("+31.221345")?,
/// );
/// assert_eq!(at.device_type().to_string(), "11");
/// # Ok::<(), ums_model::InvalidField>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TerminalLocation {
    device_type: DeviceType,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Coordinates(Longitude, Latitude),
    BaseStation(BaseStation),
    Ip(TerminalIp),
}

impl TerminalLocation {
    /// Any terminal by its coordinates.
    pub fn at(device: impl Into<DeviceType>, longitude: Longitude, latitude: Latitude) -> Self {
        Self {
            device_type: device.into(),
            place: Place::Coordinates(longitude, latitude),
        }
    }

    /// A physical terminal by its base station.
    pub fn by_base_station(device: PhysicalDevice, station: BaseStation) -> Self {
        Self {
            device_type: device.into(),
            place: Place::BaseStation(station),
        }
    }

    /// A terminal that is not physical by its IP address.
    pub fn by_ip(device: VirtualDevice, ip: impl Into<TerminalIp>) -> Self {
        Self {
            device_type: device.into(),
            place: Place::Ip(ip.into()),
        }
    }

    /// The device type.
    pub fn device_type(&self) -> &DeviceType {
        &self.device_type
    }

    pub(crate) fn into_fields(self) -> LocationFields {
        let (longitude, latitude, ip, cust2) = match self.place {
            Place::Coordinates(longitude, latitude) => {
                (Some(longitude), Some(latitude), None, None)
            }
            Place::BaseStation(station) => (None, None, None, Some(station)),
            Place::Ip(ip) => (None, None, Some(ip), None),
        };
        LocationFields {
            device_type: self.device_type,
            longitude,
            latitude,
            ip,
            cust2,
        }
    }
}

/// A location as the fields of a payment.
#[derive(Clone)]
pub(crate) struct LocationFields {
    pub(crate) device_type: DeviceType,
    pub(crate) longitude: Option<Longitude>,
    pub(crate) latitude: Option<Latitude>,
    pub(crate) ip: Option<TerminalIp>,
    pub(crate) cust2: Option<BaseStation>,
}

/// The type of a terminal (`deviceType`; `02` and `11` are in official samples).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "physical or not")]
pub enum DeviceType {
    /// A physical terminal.
    Physical(PhysicalDevice),
    /// A terminal that is not physical.
    Virtual(VirtualDevice),
}

impl DeviceType {
    /// The code on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Physical(device) => device.as_str(),
            Self::Virtual(device) => device.as_str(),
        }
    }
}

impl From<PhysicalDevice> for DeviceType {
    fn from(device: PhysicalDevice) -> Self {
        Self::Physical(device)
    }
}

impl From<VirtualDevice> for DeviceType {
    fn from(device: VirtualDevice) -> Self {
        Self::Virtual(device)
    }
}

impl fmt::Display for DeviceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for DeviceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl WireType for DeviceType {
    const KIND: FieldKind = FieldKind::String;

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        let code = string(token)?;
        let not_physical = VirtualDevice::ALL
            .iter()
            .find(|known| known.as_str() == code);
        Ok(match not_physical {
            Some(device) => Self::Virtual(*device),
            None => Self::Physical(PhysicalDevice::new(code)?),
        })
    }
}

/// The code of a physical terminal: 2 ASCII digits other than 01, 11, 12 and 13. The 2 digits are
/// inferred from the codes that are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhysicalDevice(Box<str>);

impl PhysicalDevice {
    /// Takes the code of a physical terminal, for example `02`.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when it is not 2 digits, or the code of a terminal that is not physical.
    pub fn new(code: impl Into<String>) -> Result<Self, InvalidField> {
        let code = code.into();
        let two_digits = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_digit());
        if !two_digits
            || VirtualDevice::ALL
                .iter()
                .any(|device| device.as_str() == code)
        {
            let rule = Rule::Form(
                "2 digits other than 01, 11, 12 and 13, which are terminals that are not physical",
            );
            return Err(InvalidField::new("deviceType", rule, &code));
        }
        Ok(Self(code.into_boxed_str()))
    }

    /// The code on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A terminal that is not physical. What each code stands for could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VirtualDevice {
    /// `01`.
    Type01,
    /// `11`, of which a merchant's client says that it is the default.
    Type11,
    /// `12`.
    Type12,
    /// `13`.
    Type13,
}

impl VirtualDevice {
    /// Every terminal type that is not physical.
    pub const ALL: &'static [Self] = &[Self::Type01, Self::Type11, Self::Type12, Self::Type13];

    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type01 => "01",
            Self::Type11 => "11",
            Self::Type12 => "12",
            Self::Type13 => "13",
        }
    }
}

/// Makes a type around one coordinate.
macro_rules! coordinate {
    ($(#[$meta:meta])* $name:ident = $field:literal, $whole:literal, $decimals:literal, $limit:literal, $form:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes a coordinate that is written as the field wants it: nothing is rounded.
            ///
            /// # Errors
            ///
            /// [`InvalidField`] when it is written otherwise, or is nowhere on earth.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidField> {
                let value = value.into();
                if is_coordinate(&value, $whole, $decimals, $limit) {
                    Ok(Self(value.into_boxed_str()))
                } else {
                    Err(InvalidField::new($field, Rule::Form($form), &value))
                }
            }

            /// The coordinate as it goes on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl WireType for $name {
            const KIND: FieldKind = FieldKind::String;
            const MAX_LENGTH: Option<usize> = Some(10);

            fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
                Ok(Self::new(string(token)?)?)
            }
        }
    };
}

coordinate! {
    /// A longitude in degrees (`longitude`): sign, 3 digits, point, 5 digits, as `-121.48352`
    /// (community).
    Longitude = "longitude", 3, 5, 180,
    "a sign, 3 digits, a point and 5 digits from -180.00000 to +180.00000"
}

coordinate! {
    /// A latitude in degrees (`latitude`): sign, 2 digits, point, 6 digits, as `+31.221345`
    /// (community).
    Latitude = "latitude", 2, 6, 90,
    "a sign, 2 digits, a point and 6 digits from -90.000000 to +90.000000"
}

/// Whether a text is a sign, so many digits, a point and so many decimals, and at most `limit`
/// degrees from 0.
fn is_coordinate(text: &str, whole: usize, decimals: usize, limit: u32) -> bool {
    let Some((degrees, fraction)) = text
        .strip_prefix(['+', '-'])
        .and_then(|text| text.split_once('.'))
    else {
        return false;
    };
    let digits =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(degrees, whole) || !digits(fraction, decimals) {
        return false;
    }
    let on_the_limit = fraction.bytes().all(|byte| byte == b'0');
    degrees
        .parse::<u32>()
        .is_ok_and(|degrees| degrees < limit || (degrees == limit && on_the_limit))
}

/// The IP address of a terminal (`ip`, at most 64 characters: community).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TerminalIp(IpAddr);

impl From<IpAddr> for TerminalIp {
    fn from(ip: IpAddr) -> Self {
        Self(ip)
    }
}

impl fmt::Display for TerminalIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for TerminalIp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl WireType for TerminalIp {
    const KIND: FieldKind = FieldKind::String;
    const MAX_LENGTH: Option<usize> = Some(64);

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        let ip = string(token)?.parse().map(Self);
        ip.map_err(|_| Misfit::wrong_form("an IP address"))
    }
}

text_field! {
    /// The base station that a terminal is connected to (`cust2`, community). How it is written is
    /// not known.
    BaseStation = "cust2", any, Printable;
    holds Text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn coordinates_are_written_one_way_only() {
        for taken in [
            "-121.48352",
            "+000.00000",
            "+180.00000",
            "-180.00000",
            "+179.99999",
        ] {
            assert!(Longitude::new(taken).is_ok(), "{taken}");
        }
        for refused in [
            "",
            "121.48352",
            "+121.4835",
            "+121.483520",
            "+21.48352",
            "+180.00001",
            "+181.00000",
            "+12a.48352",
            "+121,48352",
            "+121.48352 ",
            "＋121.48352",
            "+１21.48352",
            "++21.48352",
        ] {
            assert!(Longitude::new(refused).is_err(), "{refused}");
        }
        for taken in ["+31.221345", "-90.000000"] {
            assert!(Latitude::new(taken).is_ok(), "{taken}");
        }
        for refused in ["+31.22134", "+131.22134", "-90.000001", "+91.000000"] {
            assert!(Latitude::new(refused).is_err(), "{refused}");
        }
        let error = Longitude::new("121.48352").unwrap_err();
        insta::assert_snapshot!(error, @r#"longitude takes a sign, 3 digits, a point and 5 digits from -180.00000 to +180.00000, but "121.48352" was given, 9 characters"#);
    }

    #[test]
    fn a_physical_terminal_has_no_code_of_one_that_is_not() {
        let taken = (0..100).filter(|code| PhysicalDevice::new(format!("{code:02}")).is_ok());
        assert_eq!(taken.count(), 96);
        for refused in ["01", "11", "12", "13", "2", "002", "0a", "", "０２"] {
            assert_eq!(
                PhysicalDevice::new(refused).unwrap_err().field(),
                "deviceType",
                "{refused}"
            );
        }
    }

    #[test]
    fn a_location_says_its_device_type_whatever_its_place() {
        let physical = PhysicalDevice::new("02").unwrap();
        let longitude = Longitude::new("+121.48352").unwrap();
        let latitude = Latitude::new("+31.221345").unwrap();
        let at = TerminalLocation::at(VirtualDevice::Type13, longitude, latitude);
        let station = BaseStation::new("460").unwrap();
        let by_station = TerminalLocation::by_base_station(physical, station);
        let by_ip = TerminalLocation::by_ip(VirtualDevice::Type01, IpAddr::from([192, 0, 2, 1]));
        for (location, code) in [(at, "13"), (by_station, "02"), (by_ip, "01")] {
            let device = location.device_type();
            assert_eq!((device.as_str(), &*device.to_string()), (code, code));
        }
    }

    #[test]
    fn the_longest_address_fits() {
        let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            .parse::<IpAddr>()
            .unwrap();
        assert!(TerminalIp::from(longest).to_string().len() <= 64);
    }

    proptest! {
        #[test]
        fn every_coordinate_reads_as_it_is_written(west: bool, hundred_thousandths in 0u32..=18_000_000) {
            let sign = if west { '-' } else { '+' };
            let text = format!("{sign}{:03}.{:05}", hundred_thousandths / 100_000, hundred_thousandths % 100_000);
            let read = Longitude::new(text.clone()).unwrap();
            prop_assert_eq!(read.as_str(), text);
        }
    }
}
