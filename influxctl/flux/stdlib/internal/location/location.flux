// The place whose clock says where days and months begin.
package location


// location is the zone and offset of that place; UTC unless the script sets it.
option location = {zone: "UTC", offset: 0h}
