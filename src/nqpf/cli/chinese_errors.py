"""The catalogue's messages about wrong input, room by room; see `nqpf.cli.chinese`."""

from __future__ import annotations

from collections.abc import Mapping

# What the operating system says.
REASONS: Mapping[str, str] = {
    "Permission denied": "权限不足",
    "Operation not permitted": "不允许此操作",
    "No such file or directory": "没有这个文件或文件夹",
    "no such file or directory": "没有这个文件或文件夹",
    "Is a directory": "这是一个文件夹",
    "Not a directory": "这不是文件夹",
    "File exists": "同名文件已存在",
    "File too large": "文件过大",
    "File name too long": "文件名过长",
    "Directory not empty": "文件夹不为空",
    "No space left on device": "磁盘空间已满",
    "Disk quota exceeded": "超出磁盘配额",
    "Read-only file system": "文件系统只读",
    "Input/output error": "读写错误",
    "Too many open files": "打开的文件过多",
    "Cannot allocate memory": "内存不足",
}

MESSAGES: Mapping[str, str] = {
    **REASONS,
    # Values in TOML files: what pydantic says, as `nqpf.study.toml.one_line` words it.
    "{said} ({count} more of the kind.)": "{said}（另有 {count} 处同类问题。）",
    "should be a valid string.": "应为字符串。",
    "should be a valid number.": "应为数字。",
    "should be a finite number.": "应为有限数值。",
    "should be a valid integer.": "应为整数。",
    "should be a valid integer, got a number with a fractional part.": "应为整数，而不是小数。",
    "should be a valid boolean.": "应为 true 或 false。",
    "should be a valid list.": "应为列表。",
    "should be a valid dictionary.": "应为表。",
    "should be a valid dictionary or instance of {name}.": "应为表（{name}）。",
    "should be greater than or equal to {bound}.": "应大于或等于 {bound}。",
    "should be less than or equal to {bound}.": "应小于或等于 {bound}。",
    "should be greater than {bound}.": "应大于 {bound}。",
    "should be less than {bound}.": "应小于 {bound}。",
    "should be at least 1 and at most {most}.": "应至少为 1，至多为 {most}。",
    "should be {choices}.": "应为 {choices}。",
    "String should have at least {count} character.": "文字不能为空。",
    "String should match pattern {pattern}.": "文字应符合 {pattern}。",
    "List should have at least {count} items after validation, not {given}.": (
        "列表应至少有 {count} 项，而不是 {given} 项。"
    ),
    "List should have at least {count} item after validation, not {given}.": (
        "列表应至少有 {count} 项，而不是 {given} 项。"
    ),
    "List should have at most {count} items after validation, not {given}.": (
        "列表应至多有 {count} 项，而不是 {given} 项。"
    ),
    "List should have at most {count} item after validation, not {given}.": (
        "列表应至多有 {count} 项，而不是 {given} 项。"
    ),
    "a number of too many digits": "数字位数过多",
    "brackets nested too deep": "括号嵌套过深",
    "cannot be read: {reason}.": "无法读取：{reason}。",
    # The engine, of what commands ask of it.
    "cannot be read ({reason}); expected a .mdl or .xmile model file": (
        "无法读取（{reason}）；应为 .mdl 或 .xmile 模型文件"
    ),
    "the time axis makes no sense: INITIAL TIME {start}, FINAL TIME {final}, TIME STEP {step}, "
    "SAVEPER {every}; steps must be above zero": (
        "时间轴不成立：INITIAL TIME {start}、FINAL TIME {final}、TIME STEP {step}、SAVEPER "
        "{every}；步长须大于零"
    ),
    "TIME STEP {step} makes {count} steps from {start} to {final}; at most {most} are run": (
        "TIME STEP {step} 使 {start} 至 {final} 有 {count} 步；至多运行 {most} 步"
    ),
    "FINAL TIME {final} comes before INITIAL TIME {start}; there is nothing to run": (
        "FINAL TIME {final} 早于 INITIAL TIME {start}，无可运行"
    ),
    "SAVEPER {every} saves {count} times from {start} to {final}; at most {most} are kept: save "
    "less often": (
        "SAVEPER {every} 使 {start} 至 {final} 保存 {count} 个时点；至多保存 {most} 个，请减少"
        "保存次数"
    ),
    "return_timestamps: {time} is not one of the times {first}, {second} ... {last}": (
        "return_timestamps：{time} 不在时点 {first}、{second}…{last} 之中"
    ),
    "{runs} runs x {times} times x {cells} values need {needed} GiB, {free} GiB are free: ask for "
    "fewer outputs, save less often, or {what}": (
        "{runs} 次运行 × {times} 个时点 × {cells} 个值需要 {needed} GiB，可用 {free} GiB：请减少"
        "输出变量或保存次数，或{what}"
    ),
    "shorten the run": "缩短运行",
    "take them in parts: stream(...)": "分批运行：stream(...)",
    'results have a coordinate "{name}" of their own: leave the variable of that name out of '
    "outputs": "结果自有坐标“{name}”：请将同名变量移出输出。",
    'a level of the runs\' index is called "{name}", as a coordinate is': (
        "运行索引的一层名为“{name}”，与坐标同名"
    ),
    '"{name}" is {what}: a number cannot take its place': "“{name}”是{what}，不能代以数字",
    '"{name}" is {what}: a table cannot take its place': "“{name}”是{what}，不能代以表函数",
    "a constant": "常数",
    "a table": "表函数",
    "data from outside": "外部数据",
    "a stock; give what its initial value is computed from": "存量（请设定其初始值所依据的常数）",
    "computed": "算出的变量",
    "hidden": "内部变量",
    "a variable is named by a text, not by {name}": "变量以文字命名，而不是 {name}",
    "expected names of variables, not {given}": "应为变量名，而不是 {given}",
    '"{name}" is a table of points and has no course over time': "“{name}”是表函数，没有时间走势",
    "{name} has {count} subscripts ({names})": "{name} 有 {count} 个下标（{names}）",
    "{name} has {count} subscripts": "{name} 有 {count} 个下标",
    '{range} has no element "{name}".{hint}': "{range} 中没有元素“{name}”。{hint}",
    "a mapping goes from a file to names of variables, not to {given}": (
        "映射应由文件指向变量名，而不是 {given}"
    ),
    "a file or a DataFrame is expected, not {given}": "应为文件或 DataFrame，而不是 {given}",
    "a file of data ends in one of {kinds}": "数据文件的后缀应为 {kinds} 之一",
    "cannot be read ({reason})": "无法读取（{reason}）",
    "not a table of values over time; expected names in the first row (or column) and times in "
    "the first column (or row)": (
        "不是随时间变化的数值表；第一行（或列）应为名称，第一列（或行）应为时间"
    ),
    "times in the index and values in the columns must be numbers": "索引的时间与各列的值须为数字",
    "not a NetCDF file that can be read ({reason})": "不是可读取的 NetCDF 文件（{reason}）",
    "holds {count} {what}; expected a file with one of them": "含有 {count} 个{what}；应只含一个",
    "scenarios": "情景",
    "runs": "运行",
    "has no coordinate time; expected a file that nqpf run writes": (
        "没有坐标 time；应为 nqpf run 写出的文件"
    ),
    "{name} is a data variable without data; give a file that holds it: --data FILE, or "
    "nqpf.load(path, data=...)": (
        "{name} 是数据变量而没有数据；请给出含有它的文件：--data FILE，或 nqpf.load(path, data=...)"
    ),
    "{name} is a data variable that is not in {files}": "数据变量 {name} 不在 {files} 中",
    # calibrate
    "no target has an error model (error = {form}): nothing to calibrate to": (
        "没有目标给出误差模型（error = {form}）：没有可供标定的数据"
    ),
    'target "{name}"': "目标“{name}”",
    'a relative error needs values above zero; use kind = "absolute"': (
        '相对误差要求数值大于零；请用 kind = "absolute"'
    ),
    # charts
    'beside {one} there is no {other} of "nqpf calibrate". Make both again with it.': (
        "{one} 旁没有“nqpf calibrate”写出的 {other}。请用该命令重新生成两者。"
    ),
    'transform "ratio" compares scenarios; it has no observed values.': (
        "变换“ratio”用于比较情景，没有观测值。"
    ),
    '"base" (a year) goes with transform "index", and only with it.': (
        "“base”（年份）只与变换“index”一同使用。"
    ),
    'kind "{kind}" takes one [[panel]].': "kind 为“{kind}”时只能有一个 [[panel]]。",
    'observed = "{name}" is a target of "{its}", not of "{other}".': (
        "observed = “{name}”是“{its}”的目标，不是“{other}”的。"
    ),
    "no way leads through these variables in this order and back.": (
        "没有路径依次经过这些变量并回到起点。"
    ),
    'loop "{name}" {what}: R reinforces, B balances.': (
        "回路“{name}”{what}：R 为增强回路，B 为调节回路。"
    ),
    "reinforces": "起增强作用",
    "balances": "起调节作用",
    'loop "{name}"': "回路“{name}”",
    '"{name}" is no variable of the model that changes.{hint}': (
        "“{name}”不是模型中会变动的变量。{hint}"
    ),
    "{file} of the sweep has no setting on the front.": "扫描的 {file} 中没有前沿上的组合。",
    '{file} of sweep "{name}" has no column "{column}".{hint}': (
        "扫描“{name}”的 {file} 中没有列“{column}”。{hint}"
    ),
    # checks
    'statement "{name}"': "论断“{name}”",
    '"{name}" cannot be changed in time, it is a {what}; change what it follows from': (
        "“{name}”是{what}，不能随时间改变；请改变决定它的变量"
    ),
    "stock": "存量",
    "constant": "常数",
    "lookup": "表函数",
    "initial": "初始值",
    'the model has no subscript range "{name}".{hint}': "模型中没有下标范围“{name}”。{hint}",
    '"{name}" is not a finite number at time {time}; its checks need a run': (
        "“{name}”在时点 {time} 不是有限数值；检验须先能运行"
    ),
    "the model as its file says": "按模型文件运行",
    "a change has one of to, times, plus and hold.": (
        "一处 change 应有 to、times、plus、hold 之一。"
    ),
    "hold needs since: the time whose value is kept.": "hold 须有 since：保持其值的时点。",
    "expected above, below, equals, trend, peaks or returns.": (
        "应有 above、below、equals、trend、peaks 或 returns。"
    ),
    "between ends before it begins.": "between 的终点早于起点。",
    # compare
    "the two have no variable in common: not versions of one model": (
        "两者没有共同的变量：不是同一模型的两个版本"
    ),
    "no scenario is in both: {first} on one side, {second} on the other": (
        "没有两边共有的情景：一边为 {first}，另一边为 {second}"
    ),
    "no saved time is in both: {count} times from {first} to {last} on one side, {others} times "
    "from {start} to {end} on the other": (
        "没有两边共有的时点：一边为 {first} 至 {last} 的 {count} 个时点，另一边为 {start} 至 "
        "{end} 的 {others} 个时点"
    ),
    "{old} is a {what}, {new} a {reason}: give two of one kind.": (
        "{old} 是{what}，{new} 是{reason}：请给出同类的两者。"
    ),
    "model file": "模型文件",
    "study folder": "研究文件夹",
    "folder or file of results": "结果文件夹或文件",
    "expected a model file ({kinds}), results ({file}) or a folder.": (
        "应为模型文件（{kinds}）、结果（{file}）或文件夹。"
    ),
    "neither a study (model/ and scenarios/) nor results ({file}).": (
        "既不是研究（model/ 与 scenarios/），也不是结果（{file}）。"
    ),
    "no such file or folder.": "没有这个文件或文件夹。",
    "{old} and {new}: {said}": "{old} 与 {new}：{said}",
    # study
    '"{name}" has {count} subscripts, the results have {own} ({what}).': (
        "“{name}”有 {count} 个下标，结果中有 {own} 个（{what}）。"
    ),
    "none": "无",
    '{range} has no "{name}".{hint}': "{range} 中没有“{name}”。{hint}",
    "Every draw of the fitted ensemble fails in some scenario: the ensemble is of another model. "
    'Make it anew with "nqpf calibrate", or take no bands with --draws 0.': (
        "后验样本的每次抽样都在某个情景中失败：样本出自另一模型。请用“nqpf calibrate”重新生成，"
        "或用 --draws 0 不要区间。"
    ),
    '{said} Make it anew: "{command}".': "{said}请重新生成：“{command}”。",
    "holds no draws, or some are not numbers.": "没有抽样，或其中有些不是数字。",
    "is broken or no Parquet file of draws.": "已损坏，或不是存放抽样的 Parquet 文件。",
    '"{name}" is computed by the model.': "“{name}”由模型算出。",
    "The study that ships with nqpf is missing: install nqpf again.": (
        "nqpf 自带的研究缺失：请重新安装 nqpf。"
    ),
    'model = "{name}": no model file ({kinds}).': "model = “{name}”：不是模型文件（{kinds}）。",
    "names no model file, and there is no folder model/ beside it.": (
        "没有指明模型文件，旁边也没有文件夹 model/。"
    ),
    "no model file in this folder ({kinds}).": "此文件夹中没有模型文件（{kinds}）。",
    "one model file expected, found {names}.": "应只有一个模型文件，现有 {names}。",
    '"{name}" is in "{unit}", the model file has "{other}".': (
        "“{name}”的单位是“{unit}”，模型文件中是“{other}”。"
    ),
    '"{name}" = {value} is outside [{low}, {high}], the range that the model file states; give '
    "range = [low, high] if another holds here.": (
        "“{name}”= {value} 超出模型文件所给的范围 [{low}, {high}]；若此处另有范围，请写 range = "
        "[low, high]。"
    ),
    '"{name}" = {value} is outside [{low}, {high}], the range that the model file states.': (
        "“{name}”= {value} 超出模型文件所给的范围 [{low}, {high}]。"
    ),
    "one of value, points or series is expected.": "应有 value、points、series 之一。",
    "source is missing; only a series brings its own.": "缺少 source；只有 series 自带来源。",
    "at goes with a series.": "at 与 series 一同使用。",
    "the study has no statistics (calibration/statistics).": (
        "研究中没有统计数据（calibration/statistics）。"
    ),
    'series "{name}" has no value of {time} ({first}-{last}).': (
        "序列“{name}”没有 {time} 的值（{first}—{last}）。"
    ),
    'series "{name}" is in "{unit}", not "{other}".': (
        "序列“{name}”的单位是“{unit}”，而不是“{other}”。"
    ),
    'no year from {first} to {last} is both in series "{name}" ({from_}-{to}) and in the run '
    "({start}-{end}).": (
        "{first}—{last} 没有一年同时在序列“{name}”（{from_}—{to}）和运行（{start}—{end}）中。"
    ),
    'the model has no variable "{name}".{hint}': "模型中没有变量“{name}”。{hint}",
    '"{name}" is in "{unit}" in the model, not in "{other}".': (
        "“{name}”在模型中的单位是“{unit}”，而不是“{other}”。"
    ),
    '"{name}" is in "{unit}", not "{other}".': "“{name}”的单位是“{unit}”，而不是“{other}”。",
    '"{name}" has the subscripts {names}; one is expected.': (
        "“{name}”有下标 {names}；应只有一个。"
    ),
    '"{name}" has no subscript.': "“{name}”没有下标。",
    '"{name}" needs a subscript: {all} or one of {names}.{hint}': (
        "“{name}”需要下标：{all}，或 {names} 之一。{hint}"
    ),
    "no value in {year} to refer the index to.": "{year} 年没有可作指数基准的值。",
    "no parameters.": "没有参数。",
    '"{name}" is computed by the model; a parameter is a constant.': (
        "“{name}”由模型算出；参数应为常数。"
    ),
    '"{name}" has several values; name one element, such as {example}.': (
        "“{name}”有多个值；请指明一个元素，如 {example}。"
    ),
    '"{name}" has no bounds, here or in the model file; give bounds = {form}.': (
        "“{name}”在此处和模型文件中都没有界限；请写 bounds = {form}。"
    ),
    "bounds [{low}, {high}] must rise.": "界限 [{low}, {high}] 须递增。",
    '"{name}" = {value} in the model lies outside of [{low}, {high}].': (
        "“{name}”在模型中为 {value}，超出 [{low}, {high}]。"
    ),
    "between = [low, high] must rise.": "between = [low, high] 须递增。",
    'constraint "{name}"': "约束“{name}”",
    'scipy.stats has no distribution "{name}".{hint}': "scipy.stats 中没有分布“{name}”。{hint}",
    "the prior {prior} puts {share} of its weight within [{low}, {high}]; widen the bounds or "
    "mend the prior.": (
        "先验 {prior} 在 [{low}, {high}] 之内的权重只有 {share}；请放宽界限或修改先验。"
    ),
    "prior {name}: {reason}.": "先验 {name}：{reason}。",
    'the model has no parameter "{name}".{hint}': "模型中没有参数“{name}”。{hint}",
    '"{name}" has {count} subscripts, the model gives it {own}.': (
        "“{name}”有 {count} 个下标，模型中有 {own} 个。"
    ),
    '"{name}" is computed by the model; only constants are set.': (
        "“{name}”由模型算出；只能设定常数。"
    ),
    'there is no "{name}".{hint}': "没有“{name}”。{hint}",
    '"{name}" is not a finite number at time {time}. Its parameters are beyond what the model '
    "bears.": "“{name}”在时点 {time} 不是有限数值。其参数超出了模型所能承受的范围。",
    'has no dimension "{name}"; expected results of "nqpf run".': (
        "没有维度“{name}”；应为“nqpf run”的结果。"
    ),
    'its "{name}" is not what "nqpf run" writes.': "其中的“{name}”不是“nqpf run”写出的。",
    "no scenario (*.toml) in this folder.": "此文件夹中没有情景（*.toml）。",
    "include goes round in a circle: {names}.": "include 循环引用：{names}。",
    'include names no scenario "{name}".{hint}': "include 所指的情景“{name}”不存在。{hint}",
    "The study has none.": "研究中没有政策杠杆。",
    'lever "{name}" has no {key} to set.': "政策杠杆“{name}”没有可设定的 {key}。",
    "no CSV file of statistics.": "没有统计数据的 CSV 文件。",
    "{file}, line {line}: {said}": "{file} 第 {line} 行：{said}",
    "the columns must be {names} in this order.": "各列应依次为 {names}。",
    "{count} cells, expected {wanted} ({names}).": "有 {count} 格，应为 {wanted} 格（{names}）。",
    'series "{name}" is not in the catalogue {file}.{hint}': (
        "目录 {file} 中没有序列“{name}”。{hint}"
    ),
    "{at} belongs in {name}.csv (catalogue {file}).": "{at} 应在 {name}.csv 中（目录 {file}）。",
    'unit "{unit}", expected "{other}" (catalogue).': "单位为“{unit}”，应为“{other}”（目录）。",
    'status "{status}", expected one of {names}.{hint}': (
        "status 为“{status}”，应为 {names} 之一。{hint}"
    ),
    'year "{year}", expected four digits.': "年份为“{year}”，应为四位数字。",
    'value "{value}", expected a finite number ({unit}).': (
        "数值为“{value}”，应为有限数值（{unit}）。"
    ),
    "{column} is empty.": "{column} 为空。",
    "{name} has {year} twice (first in {place}).": "{name} 有两个 {year} 年（先见于 {place}）。",
    "{name} has {year} after {before}: years must ascend.": (
        "{name} 的 {year} 年在 {before} 年之后：年份须递增。"
    ),
    "{name} is annual but has nothing between {before} and {year}: add the missing values, or say "
    "annual = false in {file}.": (
        "{name} 是年度序列，而 {before} 年与 {year} 年之间没有数据：请补上缺失的值，或在 {file} "
        "中写 annual = false。"
    ),
    'series "{name}" is regional: name one of {names}.': (
        "序列“{name}”分地区：请指明 {names} 之一。"
    ),
    'series "{name}" has no region "{region}": {what}.{hint}': (
        "序列“{name}”没有地区“{region}”：{what}。{hint}"
    ),
    "it is national": "它是全国数据",
    "its regions are {names}": "其地区为 {names}",
    'series "{name}" has no {status} value.': "序列“{name}”没有状态为 {status} 的值。",
    'no statistic is called "{name}".{hint}': "没有名为“{name}”的统计序列。{hint}",
    'series "{name}" has no value in any CSV file.': "序列“{name}”在各 CSV 文件中均没有值。",
    '"{name}" has subscripts; name the elements.': "“{name}”带有下标，请指明元素。",
    '"{name}" has no value in {years}.': "“{name}”在 {years} 没有数值。",
    'effect: paths holds the baseline, "{name}".': "effect：paths 中含有基准情景“{name}”。",
    'statistic "{name}" takes years = [first, last].': (
        "统计量“{name}”应有 years = [first, last]。"
    ),
    'statistic "{name}" takes one year.': "统计量“{name}”应有一个 year。",
    'expected a name such as "GDP" or "GDP[East]", one subscript at most.': (
        "应为“GDP”或“GDP[East]”之类的名称，至多一个下标。"
    ),
    "window [{first}, {last}] ends before it begins.": "window [{first}, {last}] 的终点早于起点。",
    "{measure} lies outside the window [{first}, {last}].": (
        "{measure} 在 window [{first}, {last}] 之外。"
    ),
    # sweep
    "discover: give one bound, below or above.": "discover：请给出一个界限，below 或 above。",
    "{count} samples without a failed run; at least {least} are needed.": (
        "有 {count} 个样本没有失败的运行；至少需要 {least} 个。"
    ),
    "{count} samples; at least {least} are needed.": "有 {count} 个样本；至少需要 {least} 个。",
    "{count} of {all} samples fail; a bound that some meet and some miss is needed.": (
        "{all} 个样本中 {count} 个失败；所需的界限应使部分样本达到、部分达不到。"
    ),
    "{count} of {all} base samples have no failed run; at least {least} are needed.": (
        "{all} 个基础样本中 {count} 个没有失败的运行；至少需要 {least} 个。"
    ),
    "{count} of {all} trajectories have no failed run; at least 2 are needed.": (
        "{all} 条轨迹中 {count} 条没有失败的运行；至少需要 2 条。"
    ),
    "has one policy; give scenarios = [...] or levers with values.": (
        "只有一个政策；请给出 scenarios = [...] 或带取值的政策杠杆。"
    ),
    "some policy fails in every sample.": "每个样本中都有政策失败。",
    "was made with another model than the study's; sweep anew.": (
        "由不同于研究所用的模型得出；请重新扫描。"
    ),
    "a choice needs two or more [objectives] and levers with a range or two values in the "
    "specification.": (
        "选择需要在说明文件中有两个以上的 [objectives]，以及带范围或两个取值的政策杠杆。"
    ),
    'synergies need two levers or more with two settings each, such as "L1.1" = [0, 1].': (
        '协同分析需要两个以上的政策杠杆，各有两种取值，如 "L1.1" = [0, 1]。'
    ),
    "every sample has a failed run.": "每个样本都有失败的运行。",
    'no scenario "{name}". Known: {names}.': "没有情景“{name}”。已有：{names}。",
    'no policy "{name}". Known: {names}.': "没有政策“{name}”。已有：{names}。",
    'no policy "{name}".{hint}': "没有政策“{name}”。{hint}",
    '{analysis} needs design = "{design}", this sweep has "{own}".': (
        "{analysis} 需要 design = “{design}”，此扫描为“{own}”。"
    ),
    "nothing varies from sample to sample.": "各样本之间没有变动的因素。",
    'A cluster needs Dask: install it with "{command}", here and on every worker.': (
        "集群需要 Dask：请在本机和每个工作进程所在的机器上用“{command}”安装。"
    ),
    "cluster {address}: one chunk ended several workers, for lack of memory perhaps; what was "
    "written is kept. Give the workers more memory, or a smaller chunk.": (
        "集群 {address}：有一块使多个工作进程终止，可能因内存不足；已写入的保留。请给工作进程更多"
        "内存，或减小 chunk。"
    ),
    "cluster {address}: lost ({reason}). What was written is kept, and the same command goes on "
    "from there.": (
        "集群 {address}：失去联系（{reason}）。已写入的保留，再次运行同一命令即可继续。"
    ),
    "cluster {address}: has lost all its workers. What was written is kept, and the same command "
    "goes on from there.": (
        "集群 {address}：全部工作进程已失去联系。已写入的保留，再次运行同一命令即可继续。"
    ),
    'cluster {address}: {reason}. Start one with "dask scheduler" and "dask worker ADDRESS", or '
    "take --cluster local.": (
        "集群 {address}：{reason}。请用“dask scheduler”和“dask worker ADDRESS”启动，或用 --cluster "
        "local。"
    ),
    "it does not answer": "没有应答",
    'cluster {address}: has no workers. Start some with "{command}".': (
        "集群 {address}：没有工作进程。请用“{command}”启动。"
    ),
    "cluster {address}: a worker lacks {what}; install the same nqpf[cluster] on every worker.": (
        "集群 {address}：有工作进程缺少：{what}；请在每台机器上安装相同的 nqpf[cluster]。"
    ),
    "a package": "某个软件包",
    "cluster {address}: worker {worker} has {package} {version}, this machine has {own}; install "
    "the same on both.": (
        "集群 {address}：工作进程 {worker} 的 {package} 为 {version}，本机为 {own}；请在两处安装相"
        "同的版本。"
    ),
    'design "{design}" with n = {n} has {count} samples of {numbers} numbers, which are only '
    'known together and take {size} GiB; take a smaller n, or design "sobol"': (
        "design “{design}”在 n = {n} 时有 {count} 个样本，每个 {numbers} 个数，须一并算出，占 "
        "{size} GiB；请减小 n，或用 design “sobol”"
    ),
    'design "{design}" with n = {n} has {count} samples of {numbers} numbers, which are only '
    "known together and take {size} GiB; take a smaller n": (
        "design “{design}”在 n = {n} 时有 {count} 个样本，每个 {numbers} 个数，须一并算出，占 "
        "{size} GiB；请减小 n"
    ),
    "{runs} runs need about {size} more, {free} are free; keep fewer variables or years, take "
    "fewer samples, or another disk with --out.": (
        "{runs} 次运行约还需 {size}，可用 {free}；请减少保留的变量或年份、减少样本，或用 --out 另选"
        "磁盘。"
    ),
    "low {low} must lie below high {high}.": "low {low} 须小于 high {high}。",
    '"{name}" has no prior in {file}.{hint}': "{file} 中没有“{name}”的先验。{hint}",
    '"{name}" has no range in the model file; give low and high.': (
        "“{name}”在模型文件中没有范围；请给出 low 和 high。"
    ),
    'no fitted ensemble in {folder}. Make it with "{command}".': (
        "{folder} 中没有后验样本。请用“{command}”生成。"
    ),
    '"{name}" is not in the fitted ensemble.{hint}': "后验样本中没有“{name}”。{hint}",
    '"{name}" and "{other}" both set "{column}".': "“{name}”与“{other}”都设定“{column}”。",
    "the model saves nothing in {what}; it saves from {first} to {last}, every {step}.": (
        "模型没有保存以下年份：{what}；它自 {first} 至 {last} 每隔 {step} 保存一次。"
    ),
    "no years": "（无）",
    '"{name}" is a {what}, not computed: no outcome.': "“{name}”是{what}，并非算出，不能作为结果。",
    '"{name}": a store has no place for a name with /.': "“{name}”：含有 / 的名称不能存入。",
    'outcome "{name}": name one element for each subscript.': (
        "结果“{name}”：请为每个下标指明一个元素。"
    ),
    'outcome "{name}": "{variable}" has subscripts; name one.': (
        "结果“{name}”：“{variable}”带有下标，请指明一个元素。"
    ),
    'outcome "{name}" needs {year}, which is not among the years kept.': (
        "结果“{name}”需要 {year} 年，而它不在保留的年份之中。"
    ),
    "years end in {last} before they begin in {first}.": "years 的终点 {last} 早于起点 {first}。",
    "years every {step} are too many.": "每隔 {step} 的年份过多。",
    'results have a coordinate "{name}" of their own: leave the variable of that name out of the '
    "outcomes.": "结果自有坐标“{name}”：请将同名变量移出 outcomes。",
    "{samples} samples x {policies} policies are {runs} runs; at most {most} are numbered.": (
        "{samples} 个样本 × {policies} 个政策为 {runs} 次运行；至多 {most} 次。"
    ),
    'reference = "{name}" is none of the scenarios swept.{hint}': (
        "reference = “{name}”不在所扫描的情景之中。{hint}"
    ),
    'every policy sets "{name}", so that it would have no effect; leave it out, or sweep a policy '
    "that leaves it open.": (
        "每个政策都设定了“{name}”，它将不起作用；请将其删去，或扫描未设定它的政策。"
    ),
    'calibration = "draws" needs a design with n, such as "posterior".': (
        "calibration = “draws”需要带 n 的 design，如“posterior”。"
    ),
    'design "grid" combines listed values; "{name}" has a range. Give it values = [...], or take '
    'design = "lhs" or "sobol".': (
        "design “grid”组合列出的取值，而“{name}”是范围。请写 values = [...]，或用 design = “lhs”"
        "或“sobol”。"
    ),
    'design "{design}" has nothing to sample: give [uncertainties], levers with a range, or '
    "calibration.": (
        "design “{design}”没有可抽样的对象：请给出 [uncertainties]、带范围的政策杠杆或 "
        "calibration。"
    ),
    'design "posterior" takes draws alone; "{name}" varies, too. Take design = "lhs" or "sobol" '
    "for both.": (
        "design “posterior”只取后验抽样，而“{name}”也在变动。两者并用请取 design = “lhs”或“sobol”。"
    ),
    "the settings of the levers make {count} policies; at most {most} are run: give some levers a "
    "range (low, high) to be sampled.": (
        "政策杠杆的取值组合成 {count} 个政策；至多运行 {most} 个：请给部分杠杆以范围（low、high）供"
        "抽样。"
    ),
    '"{name}" stands in scenarios and in [policies].': "“{name}”同时见于 scenarios 和 [policies]。",
    "{count} of {all} chunks are there; finish it with the command that began it: {command}": (
        "{all} 块中已有 {count} 块；请用原来的命令完成：{command}"
    ),
    "its runs.zarr is broken; make it again.": "其 runs.zarr 已损坏，请重新生成。",
    'no outcome "{name}".{hint}': "没有结果“{name}”。{hint}",
    "{said} {count} of {all} runs are kept: the same command goes on from there.": (
        "{said}{all} 次运行中已保留 {count} 次：再次运行同一命令即可继续。"
    ),
    "{count} of {all} runs are there; the same command makes the rest.": (
        "{all} 次运行中已有 {count} 次；再次运行同一命令即可完成其余部分。"
    ),
    'give values = [...], or low and high (and a prior), or one of "prior" and "fitted".': (
        "请给出 values = [...]，或 low 与 high（及先验），或“prior”“fitted”之一。"
    ),
    "the strength of a lever has neither prior nor fit.": "政策力度既没有先验，也没有拟合值。",
    'design "{design}" needs n.': "design “{design}”需要 n。",
    'design "{design}" takes no n.': "design “{design}”不用 n。",
    'design "table" names a file, table = "....csv"; no other does.': (
        'design “table”须指明文件 table = "....csv"；其他 design 不用。'
    ),
    'design "posterior" is of draws: calibration = "draws".': (
        "design “posterior”取自后验抽样：calibration = “draws”。"
    ),
    "neither [outcomes] nor variables: nothing would be kept.": (
        "既没有 [outcomes] 也没有 variables：什么也不会保留。"
    ),
    'objective "{name}": there is no outcome "{outcome}".': "目标“{name}”：没有结果“{outcome}”。",
    "cannot write here ({reason}). Free some space, or choose another folder with --out.": (
        "无法在此写入（{reason}）。请腾出空间，或用 --out 另选文件夹。"
    ),
    "another sweep is writing here; wait for its end.": "另一次扫描正在此写入，请待其结束。",
    "is broken, or the record of something else than a sweep.": "已损坏，或不是扫描的记录。",
    'no sweep here. Make it with "nqpf sweep".': "此处没有扫描。请用“nqpf sweep”生成。",
    "holds another sweep: {list}. Choose another folder with --out, or give --overwrite to "
    "replace it.": ("已有另一次扫描：{list}。请用 --out 另选文件夹，或用 --overwrite 替换。"),
    "{at} was {old}, is {new} (and {count} more)": (
        "{at} 原为 {old}，现为 {new}（另有 {count} 处）"
    ),
    "{at} was {old}, is {new}": "{at} 原为 {old}，现为 {new}",
    "holds {name}, and is no sweep's folder. Choose another with --out.": (
        "含有 {name}，不是扫描的文件夹。请用 --out 另选。"
    ),
    'design "table" takes its samples from the file alone; "{name}" varies, too.': (
        "design “table”的样本只取自文件，而“{name}”也在变动。"
    ),
    "{file}: empty, or some cells are not finite numbers.": "{file}：为空，或有些格不是有限数值。",
    "{file} is no CSV or Parquet file.": "{file} 不是 CSV 或 Parquet 文件。",
    "{file}: some cells are not numbers.": "{file}：有些格不是数字。",
    '"{name}" is no file, and no sweep in {folder}. There is none.': (
        "“{name}”不是文件，{folder} 中也没有扫描。"
    ),
    '"{name}" is no file, and no sweep in {folder}.{hint}': (
        "“{name}”不是文件，也不是 {folder} 中的扫描。{hint}"
    ),
    # What a message speaks of, alone.
    '"{name}"': "“{name}”",
}
