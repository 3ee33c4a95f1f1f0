//! Flags that say where a terminal stands.

use std::net::IpAddr;

use ums_client::model::{
    BaseStation, DeviceType, Latitude, Longitude, PhysicalDevice, TerminalLocation, VirtualDevice,
};

use crate::failure::Failure;
use crate::input::fields::{checked, missing};
use crate::input::identifier::identifier;

/// The terminal's type and its place, which go together.
#[derive(Debug, clap::Args)]
pub(crate) struct Location {
    /// Type of the terminal, 2 digits, for example 02; 01, 11, 12 and 13 are not physical
    #[arg(long, value_name = "CODE", help_heading = LOCATION)]
    device_type: Option<String>,

    /// Longitude as +121.48352: sign, 3 digits, point, 5 digits
    #[arg(long, value_name = "DEGREES", help_heading = LOCATION, allow_hyphen_values = true)]
    longitude: Option<String>,

    /// Latitude as +31.221345: sign, 2 digits, point, 6 digits
    #[arg(long, value_name = "DEGREES", help_heading = LOCATION, allow_hyphen_values = true)]
    latitude: Option<String>,

    /// Base station of a physical terminal (cust2), instead of longitude and latitude
    #[arg(long, value_name = "TEXT", help_heading = LOCATION)]
    base_station: Option<String>,

    /// IP address of one that is not physical, instead of longitude and latitude
    #[arg(long, value_name = "ADDRESS", help_heading = LOCATION)]
    ip: Option<String>,
}

const LOCATION: &str = "Where the terminal stands";

impl Location {
    /// The location, if one was given.
    ///
    /// # Errors
    ///
    /// A part of it is missing, does not go with another, or cannot be used.
    pub(crate) fn given(&self) -> Result<Option<TerminalLocation>, Failure> {
        let place = (
            &self.longitude,
            &self.latitude,
            &self.base_station,
            &self.ip,
        );
        let Some(code) = &self.device_type else {
            return match place {
                (None, None, None, None) => Ok(None),
                _ => Err(missing((
                    "no --device-type: where a terminal stands is sent together with its type",
                    "缺少 --device-type：终端位置须与终端类型一起发送",
                ))),
            };
        };
        let device = device_type(code)?;
        let location = match (place, device) {
            ((Some(longitude), Some(latitude), None, None), device) => {
                let longitude = checked("--longitude", longitude, Longitude::new)?;
                let latitude = checked("--latitude", latitude, Latitude::new)?;
                TerminalLocation::at(device, longitude, latitude)
            }
            ((None, None, Some(station), None), DeviceType::Physical(device)) => {
                let station = checked("--base-station", station, BaseStation::new)?;
                TerminalLocation::by_base_station(device, station)
            }
            ((None, None, None, Some(ip)), DeviceType::Virtual(device)) => {
                TerminalLocation::by_ip(device, address(ip)?)
            }
            (_, DeviceType::Physical(_)) => {
                return Err(missing((
                    "--device-type: this terminal is physical, and goes with --longitude and \
                     --latitude, or with --base-station, and with nothing else of these",
                    "--device-type：这是实体终端，应同时给出 --longitude 和 --latitude，或只给出 \
                     --base-station，不能有其他位置选项",
                )));
            }
            (_, DeviceType::Virtual(_)) => {
                return Err(missing((
                    "--device-type: this terminal is not physical, and goes with --longitude and \
                     --latitude, or with --ip, and with nothing else of these",
                    "--device-type：这是非实体终端，应同时给出 --longitude 和 --latitude，或只给出 \
                     --ip，不能有其他位置选项",
                )));
            }
        };
        Ok(Some(location))
    }
}

fn device_type(code: &str) -> Result<DeviceType, Failure> {
    let mut not_physical = VirtualDevice::ALL.iter().copied();
    match not_physical.find(|device| device.as_str() == code) {
        Some(device) => Ok(device.into()),
        None => identifier("--device-type", code, PhysicalDevice::new).map(DeviceType::from),
    }
}

fn address(text: &str) -> Result<IpAddr, Failure> {
    text.parse().map_err(|_| {
        let given: String = text.chars().take(16).collect();
        missing((
            format!("--ip: must be an IP address, but {given:?} was given"),
            format!("--ip：应为 IP 地址，但给出的是 {given:?}"),
        ))
    })
}
