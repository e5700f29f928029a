"""Invented Vietnamese names and workplaces for the demonstration; the same for the same dice."""

import random

FAMILIES = (
    ["Nguyễn"] * 24 + ["Trần"] * 12 + ["Lê"] * 9 + ["Phạm"] * 7 + ["Huỳnh"] * 7 + ["Võ"] * 5
    + ["Phan"] * 4 + ["Trương"] * 3 + ["Bùi"] * 3 + ["Đặng"] * 3 + ["Đỗ"] * 2 + ["Hồ"] * 3
    + ["Ngô"] * 2 + ["Dương"] * 3 + ["Lý"] * 3 + ["Lâm"] * 5 + ["Thạch"] * 5 + ["Sơn"] * 4
    + ["Kim"] * 2 + ["Danh"] * 2 + ["Châu"] * 2 + ["Quách"] * 2 + ["Mai", "Đoàn", "Cao", "Tạ"]
)  # fmt: skip
WOMEN_MIDDLE = ["Thị", "Thị", "Thị", "Ngọc", "Thị Mỹ", "Thị Hồng", "Thị Thu", "Thị Kim", "Thị Bích",
                "Thị Cẩm", "Thanh", "Phương"]  # fmt: skip
MEN_MIDDLE = ["Văn", "Văn", "Hoàng", "Minh", "Quốc", "Thanh", "Hữu", "Chí", "Công", "Trung", "Đức",
              "Ngọc", "Nhựt", "Thành"]  # fmt: skip
WOMEN = ["Ánh", "Bình", "Châu", "Chi", "Diễm", "Diệu", "Dung", "Duyên", "Đào", "Giang", "Hà",
         "Hạnh", "Hằng", "Hiền", "Hoa", "Huệ", "Hương", "Khánh", "Lan", "Liên", "Linh", "Loan",
         "Mai", "My", "Nga", "Ngân", "Ngọc", "Nguyệt", "Nhi", "Nhung", "Oanh", "Phượng", "Quyên",
         "Sương", "Tâm",
         "Thảo", "Thơ", "Thủy", "Thư", "Tiên", "Trang", "Trâm", "Trinh", "Tuyền", "Tuyết", "Uyên",
         "Vân", "Xuân", "Yến", "Ý"]  # fmt: skip
MEN = ["An", "Bảo", "Bình", "Cường", "Danh", "Dũng", "Duy", "Đạt", "Điền", "Đông", "Giàu", "Hải",
       "Hậu", "Hiếu", "Hòa", "Hùng", "Huy", "Khang", "Khoa", "Kiệt", "Lâm", "Lộc", "Long", "Luân",
       "Mạnh", "Nam", "Nghĩa", "Nguyên", "Nhân", "Phát", "Phong", "Phú", "Phúc", "Quang", "Quân",
       "Sang", "Sơn", "Tài", "Tân", "Thái", "Thắng", "Thiện", "Thịnh", "Toàn", "Trí", "Trung", "Tú",
       "Tuấn", "Tường", "Vinh", "Vũ"]  # fmt: skip
POSITIONS = ["Chuyên viên", "Chuyên viên", "Chuyên viên chính", "Phó Trưởng phòng", "Trưởng phòng",
             "Văn thư", "Kế toán", "Cán sự", "Nhân viên"]  # fmt: skip
SCHOOLS = ["Trường THPT Hoàng Diệu", "Trường THPT Mỹ Xuyên", "Trường THPT Kế Sách",
           "Trường THPT Thành phố Sóc Trăng", "Trường THPT Nguyễn Khuyến",
           "Trường THPT Lịch Hội Thượng"]  # fmt: skip
CLINICS = ["Bệnh viện Đa khoa tỉnh", "Trung tâm Kiểm soát bệnh tật",
           "Trung tâm Y tế huyện Long Phú", "Trung tâm Y tế thị xã Vĩnh Châu"]  # fmt: skip
DISTRICT_ROOMS = ["Văn phòng HĐND và UBND", "Phòng Nội vụ", "Phòng Tư pháp",
                  "Phòng Tài chính - Kế hoạch", "Phòng Lao động - Thương binh và Xã hội",
                  "Bộ phận Một cửa", "Phòng Văn hóa và Thông tin"]  # fmt: skip
ROOMS = ["Văn phòng", "Thanh tra", "Phòng Tổ chức - Hành chính", "Phòng Kế hoạch - Tài chính",
         "Phòng Nghiệp vụ", "Bộ phận Tiếp nhận và trả kết quả"]  # fmt: skip
FILMS = ["Một cửa thân thiện", "Hẹn giờ trả kết quả", "Nụ cười nơi công sở",
         "Không để dân phải chờ", "Một ngày ở Bộ phận Một cửa", "Dịch vụ công trong tầm tay",
         "Hồ sơ không giấy",
         "Thư xin lỗi đúng hẹn", "Người dân là trung tâm", "Đơn giản hóa từ việc nhỏ",
         "Chuyến đò mang hồ sơ", "Bốn mức độ, một niềm tin", "Gửi hồ sơ qua bưu điện",
         "Cán bộ trẻ và cải cách", "Chuyện cái con dấu"]  # fmt: skip


def person(dice: random.Random) -> str:
    """Return a full name such as Thạch Thị Mỹ Duyên."""
    family = dice.choice(FAMILIES)
    if dice.random() < 0.52:
        return f"{family} {dice.choice(WOMEN_MIDDLE)} {dice.choice(WOMEN)}"
    return f"{family} {dice.choice(MEN_MIDDLE)} {dice.choice(MEN)}"


def workplace(dice: random.Random, *, unit_name: str) -> str:
    """Return where in the unit somebody works (rules: P1)."""
    if "Giáo dục" in unit_name:
        return dice.choice([*SCHOOLS, "Văn phòng Sở"])
    if "Y tế" in unit_name:
        return dice.choice([*CLINICS, "Văn phòng Sở"])
    return dice.choice(DISTRICT_ROOMS if unit_name.startswith("Ủy ban") else ROOMS)


def film(dice: random.Random, *, unit_name: str, taken: set[str]) -> str:
    """Return a title no other unit has."""
    title = dice.choice(FILMS)
    if title in taken:
        title = f"{title}: chuyện ở {short(unit_name)}"
    taken.add(title)
    return title


def short(unit_name: str) -> str:
    """Return a unit's name as people say it."""
    for long_form, short_form in (
        ("Ủy ban nhân dân ", ""),
        ("Ngân hàng Nhà nước Việt Nam Chi nhánh tỉnh Sóc Trăng", "Ngân hàng Nhà nước tỉnh"),
    ):
        unit_name = unit_name.replace(long_form, short_form)
    return unit_name
