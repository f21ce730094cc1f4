"""The catalogue: what the command line says, in Chinese.

Keys are the English texts, word for word; a paragraph of help is one key, its lines joined. A place
``{name}`` stands for anything, and the first entry that fits is taken; see `nqpf.cli.language`.
Messages of the engine about model files are not here: they stay in English, what it says of a
request apart. Tables and their heads stand beside the code that prints them.
"""

from __future__ import annotations

from collections.abc import Mapping

from nqpf.cli.chinese_errors import MESSAGES

CHINESE: Mapping[str, str] = {
    # Words of the help itself.
    "Usage: ": "用法：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]...",
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示本帮助并退出。",
    "Show the version and exit.": "显示版本并退出。",
    "default: {value}": "默认：{value}",
    "required": "必填",
    # The program and its options.
    "Project China's growth to 2050 under the paths of a policy paper.": (
        "在一篇政策论文的各条路径下，预测中国经济至 2050 年的增长。"
    ),
    "Works on the study in the folder where you stand (a folder with model/ and "
    "scenarios/), or on the one that ships with the program.": (
        "使用当前文件夹中的研究（含 model/ 与 scenarios/ 的文件夹）；若没有，则使用程序自带的研究。"
    ),
    "Language of help, messages, tables and charts. Default: that of the locale.": (
        "帮助、提示、表格与图表的语言。默认：系统语言。"
    ),
    "No progress, no table: only errors.": "不显示进度和表格，只报告错误。",
    "Folder of the study. Default: this folder if it is one, else the shipped study.": (
        "研究所在的文件夹。默认：当前文件夹（若它是一项研究），否则为程序自带的研究。"
    ),
    "Folder of the results.": "结果文件夹。",
    "Format of the charts. May be given several times.": "图表格式，可多次给出。",
    "File with values over time of the model's data variables that have no equation: .csv, "
    ".tab, .xlsx, or the .nc of another run. May be given several times.": (
        "数据文件，给出模型中没有方程的数据变量随时间变化的值：.csv、.tab、.xlsx，或另一次运行"
        "的 .nc。可多次给出。"
    ),
    # nqpf run
    "Run scenarios, print the table of headline figures and draw the charts.": (
        "运行各情景，输出主要指标表并绘制图表。"
    ),
    "Without SCENARIO every scenario of the study is run. The baseline is always among "
    "them, because the others are compared with it. Where the study has a fitted ensemble "
    "(calibration/fitted.parquet), every projection has its bands.": (
        "不给出 SCENARIO 时运行全部情景。基准情景总会运行，因为其他情景要与之比较。若研究中有后"
        "验样本（calibration/fitted.parquet），各项预测均附区间。"
    ),
    "Draws of the fitted ensemble for the bands; 0: none.": (
        "用于计算区间的后验抽样次数；0 表示不要区间。"
    ),
    # nqpf plot
    "Draw the charts again from the results in --out, without running the model.": (
        "用 --out 中的结果重新绘图，不运行模型。"
    ),
    "CHART is the name of a file in plots/, without its suffix; left out, every chart is "
    "drawn that the folder has results for. Diagrams of the model need no results.": (
        "CHART 为 plots/ 中的文件名（不含后缀）；不给出时，绘制结果文件夹足以支持的全部图表。模"
        "型结构图不需要结果。"
    ),
    # nqpf check
    "Test a model: MODEL is a model file or a folder with a study.": (
        "检验模型：MODEL 为模型文件，或一项研究的文件夹。"
    ),
    "Equations (units, sources, ranges, flows), runs (time step, extreme conditions, "
    "random draws) and, for a study, its own statements and its history against the "
    "statistics. Exit code 1 if something fails. The whole list is written to --out.": (
        "检验方程（单位、来源、取值范围、流量）和运行（步长、极端条件、随机抽样）；对研究还检验"
        "其自身的论断，并将历史与统计数据对照。有不合格项时退出码为 1。完整清单写入 --out。"
    ),
    "Print everything as JSON, no tables.": "全部以 JSON 输出，不用表格。",
    # nqpf calibrate
    "Fit the parameters of calibration/parameters.toml to the study's statistics.": (
        "用研究的统计数据标定 calibration/parameters.toml 中的参数。"
    ),
    "Best fit, profiles, draws from the posterior, what the data say of each parameter, "
    "fit and, if asked for, a hold-out. A run that was stopped goes on where it was.": (
        "给出最优拟合、剖面似然、后验抽样、数据对各参数的说明、拟合情况，以及（若要求）样本外检"
        "验。中断后再次运行可继续。"
    ),
    "Of all random numbers.": "全部随机数的种子。",
    "Only the best fit, no draws from the posterior.": "只求最优拟合，不作后验抽样。",
    "Also fit to the data up to YEAR and judge the years after it.": (
        "另用 YEAR 年及以前的数据标定，以其后的年份评判。"
    ),
    "Put the draws into the study: from then on nqpf run takes its bands from them.": (
        "将抽样存入研究，此后 nqpf run 据此给出区间。"
    ),
    "Draws of each chain after which to stop.": "每条链至多抽样的次数。",
    # nqpf compare
    "Compare two versions: what changed, which outputs moved, by how much, when first.": (
        "比较两个版本：改了什么，哪些输出变动、变动多少、自何时起。"
    ),
    "OLD and NEW are two model files (.mdl, .xmile), two study folders, or two results "
    "(projections.nc or its folder). Models are run as their files say, studies in the "
    "scenarios that both have. Exit code 1 if anything differs.": (
        "OLD 与 NEW 为两个模型文件（.mdl、.xmile）、两个研究文件夹，或两份结果（projections.nc "
        "或其文件夹）。模型按文件设定运行，研究按两者共有的情景运行。有差异时退出码为 1。"
    ),
    "Values differ beyond this part of the greatest value that the output takes.": (
        "超过输出最大值的这一比例才算不同。"
    ),
    "Most changes and outputs to show.": "最多显示的改动与输出数目。",
    "Print everything as JSON instead.": "改为全部以 JSON 输出。",
    # nqpf sweep
    "Run the sweep that SPEC describes: a TOML file, or the name of one in scenarios/sweeps.": (
        "运行 SPEC 所描述的扫描：一个 TOML 文件，或 scenarios/sweeps 中某个文件的名称。"
    ),
    "A sweep that was stopped, by whatever, goes on with the same command. What its file "
    'may say stands in docs/sweeps.md; "nqpf analyse" works on what it leaves.': (
        "扫描无论因何中断，再次运行同一命令即可继续。文件的写法见 docs/sweeps.md；结果用“nqpf "
        "analyse”分析。"
    ),
    "Folder of the store. Default: results/sweeps/ and the name of SPEC.": (
        "存放结果的文件夹。默认：results/sweeps/ 加 SPEC 的名称。"
    ),
    "Say how many runs, bytes and minutes; run nothing.": (
        "只说明运行次数、字节数和所需时间，不实际运行。"
    ),
    "Replace another sweep that stands in --out.": "替换 --out 中已有的另一次扫描。",
    'Address of a Dask scheduler, such as tcp://host:8786, or "local" to start one here.': (
        "Dask 调度器的地址，如 tcp://host:8786；“local”表示在本机启动。"
    ),
    "Threads of this process; default: all.": "本进程的线程数；默认：全部。",
    # nqpf analyse
    'Analyse a finished sweep; STORE is the folder that "nqpf sweep" made.': (
        "分析已完成的扫描；STORE 为“nqpf sweep”生成的文件夹。"
    ),
    "Every analysis writes tidy CSV files and its record into STORE/analysis; "
    "docs/sweeps.md says what the columns are.": (
        "每种分析将整齐的 CSV 表格及其记录写入 STORE/analysis；各列含义见 docs/sweeps.md。"
    ),
    "Sobol indices with intervals, over outcomes and time (design saltelli).": (
        "Sobol 指数及其区间，按结果与时间（saltelli 设计）。"
    ),
    "Outcome to analyse; default: all.": "要分析的结果；默认：全部。",
    "Label of the policy; default: the reference policy.": "政策的标签；默认：参照政策。",
    "Years from one point of a variable's course to the next; 0: no courses.": (
        "变量走势中相邻两点相隔的年数；0 表示不分析走势。"
    ),
    "Bootstrap.": "自助法重抽样次数。",
    "Elementary effects with intervals, over outcomes and time (design morris).": (
        "基本效应及其区间，按结果与时间（morris 设计）。"
    ),
    "Outcomes at the low and the high end of each factor.": "各因素取低端与高端时的结果。",
    "Ranks of the policies over the samples, reversals and regret.": (
        "各政策在样本上的名次、次序颠倒与遗憾值。"
    ),
    "Conditions under which a policy fails (CART).": "政策失败的条件（CART）。",
    "Outcome that decides.": "用于判断的结果。",
    "A run fails whose outcome is below this.": "结果低于此值即为失败。",
    "A run fails whose outcome is above this.": "结果高于此值即为失败。",
    "Effects and synergies of levers that were all combined; the package against the sum.": (
        "全部组合过的措施的效果与协同，以及合力与逐项相加的比较。"
    ),
    "Of several that the levers were crossed with.": "措施与多个情景交叉时所取的情景。",
    "Settings of the levers that no other beats in every objective (NSGA-II).": (
        "在所有目标上均未被其他组合同时超越的措施力度组合（NSGA-II）。"
    ),
    "Samples of the sweep under which every setting is judged in the search.": (
        "搜索时用于评判每种组合的扫描样本数。"
    ),
    # nqpf explain
    "Explain a VARIABLE: equation, unit, sources, causes, effects, loops, values.": (
        "解释变量 VARIABLE：方程、单位、来源、原因、影响、回路与数值。"
    ),
    "MODEL is a model file or a folder with a study. Values are those of the study's "
    "baseline in the last year of history and at the end; of a model file, at both ends of "
    "its run.": (
        "MODEL 为模型文件，或一项研究的文件夹。数值取研究基准情景在历史末年与期末的值；对模型文"
        "件则取运行首尾的值。"
    ),
    "Steps of cause and effect in the trees.": "因果树的层数。",
    "Print everything as JSON, no trees.": "全部以 JSON 输出，不用树形。",
    "Reading the model": "读取模型",
    "Running the baseline": "运行基准情景",
    # nqpf report
    "Write the report of the results in --out: one HTML file, without running the model.": (
        "为 --out 中的结果撰写报告：一个 HTML 文件，不运行模型。"
    ),
    "It holds the findings, charts, scenarios, tests, parameters and equations, in both "
    'languages; --lang is the one that it shows first. What "nqpf check" and "nqpf '
    'calibrate" left in --out becomes part of it. For a PDF, print it from the browser.': (
        "内容包括结论、图表、情景、检验、参数与方程，中英文俱全；--lang 为首先显示的语言。“"
        "nqpf check”和“nqpf calibrate”留在 --out 中的结果也会收入。需要 PDF 时，从浏览器打印。"
    ),
    "Writing the report": "撰写报告",
    # How it goes on.
    "reading": "读取",
    "compiling": "编译",
    "Reading the study": "读取研究资料",
    "Reading the results": "读取结果",
    "Reading both": "读取两个版本",
    "Loading the model": "载入模型",
    "Running the model": "运行模型",
    "Extreme conditions": "极端条件",
    "Effects": "作用",
    "Statements": "论断",
    "Comparing with the statistics": "与统计数据对照",
    "Running both": "运行两个版本",
    "Running {count} scenarios of both": "运行两者共有的 {count} 个情景",
    "Comparing the equations": "比较方程",
    "Loading the model of {place}: {said}": "载入 {place} 的模型：{said}",
    "Loading the model: reading": "载入模型：读取",
    "Loading the model: compiling": "载入模型：编译",
    "Loading {place}: {said}": "载入 {place}：{said}",
    "Running {count} scenarios": "运行 {count} 个情景",
    "Bands: {scenario}": "计算区间：{scenario}",
    "Drawing the charts": "绘制图表",
    "Drawing the charts: {done} of {all} ({name})": "绘制图表：{done}／{all}（{name}）",
    # Wrong arguments.
    "stopped.": "已停止。",
    "not enough memory.": "内存不足。",
    "No such option {name}. Did you mean {other}?": "没有选项 {name}。您是不是要找 {other}？",
    "No such option {name}. (Did you mean one of: {others}?)": (
        "没有选项 {name}。相近的选项：{others}。"
    ),
    "No such option {name}.": "没有选项 {name}。",
    "Invalid value for {name}: {said}": "{name} 的值无效：{said}",
    "{value} is not one of {choices}.": "{value} 不在可选值 {choices} 之中。",
    "{value} is not a valid integer.": "{value} 不是整数。",
    "{value} is not a valid integer range.": "{value} 不是整数。",
    "{value} is not a valid float.": "{value} 不是数字。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 之内。",
    "Option {name} requires an argument.": "选项 {name} 需要一个值。",
    "Missing argument {name}.": "缺少参数 {name}。",
    "Missing option {name}.": "缺少选项 {name}。",
    "Missing command.": "缺少命令。",
    "Got unexpected extra argument ({names})": "多余的参数：{names}。",
    "Got unexpected extra arguments ({names})": "多余的参数：{names}。",
    'Unknown command "{name}".{hint}': "没有命令“{name}”。{hint}",
    'Unknown scenario "{name}".{hint}': "没有情景“{name}”。{hint}",
    'Unknown chart "{name}".{hint}': "没有图表“{name}”。{hint}",
    'Did you mean "{name}"?': "您是不是要找“{name}”？",
    "Known: {names}.": "已有：{names}。",
    "MODEL and --study are two names for one thing; give one of them.": (
        "MODEL 与 --study 指同一事物，请只给其中之一。"
    ),
    # Files and folders.
    "no such folder. --study takes a folder with model/.": (
        "没有这个文件夹。--study 应为含 model/ 的文件夹。"
    ),
    "no such file or folder; expected a model or a study": "没有这个文件或文件夹；应为模型或研究。",
    "not a study. A study is a folder with scenarios/ (one TOML file each) and model/ (one "
    "model file), or {file} that names the model file.": (
        "不是一项研究。研究是一个文件夹，其中有 scenarios/（每个情景一个 TOML 文件）和 model/（"
        "一个模型文件），或用 {file} 指明模型文件。"
    ),
    "cannot write here ({reason}). Choose another folder with --out.": (
        "无法在此写入（{reason}）。请用 --out 另选文件夹。"
    ),
    'no {file} here. Make it with "{command}" and "{other}".': (
        "此处没有 {file}。请依次用“{command}”和“{other}”生成。"
    ),
    'no {file} here. Make it with "{command}".': "此处没有 {file}。请用“{command}”生成。",
    '{file} is broken or not a file of "{command}". Make the results again with it.': (
        "{file} 已损坏，或不是“{command}”的文件。请用该命令重新生成结果。"
    ),
    "is broken or no table. Make it again.": "已损坏或不是表格。请重新生成。",
    "is empty. Make it again.": "内容为空。请重新生成。",
    "no such file.": "没有这个文件。",
    "not UTF-8 text. Save it as UTF-8.": "不是 UTF-8 文本。请以 UTF-8 保存。",
    "not valid TOML: {reason}.": "不是有效的 TOML：{reason}。",
    'is broken or not of "{command}". Make it again with it.': (
        "已损坏，或不是“{command}”的文件。请用该命令重新生成。"
    ),
    '{file} is not that of "{command}". Make the results again with it.': (
        "{file} 不是“{command}”写出的。请用该命令重新生成结果。"
    ),
    "these are results of another model, or of another version of {file}. Make them again with "
    '"{command}", or name their study with --study.': (
        "这些结果出自另一模型，或 {file} 的另一版本。请用“{command}”重新生成，或用 --study 指明其"
        "研究。"
    ),
    'holds results of scenario "{name}", which the study does not have (any more). Make them '
    'again with "{command}".': (
        "含有情景“{name}”的结果，而研究中没有（或不再有）这个情景。请用“{command}”重新生成。"
    ),
    '"{name}" is not a variable of the model.{hint}': "模型中没有变量“{name}”。{hint}",
    # Specifications of charts and scenarios.
    'unknown key "{key}" in [{table}].{hint}': "[{table}] 中有未知的键“{key}”。{hint}",
    'unknown key "{key}".{hint}': "未知的键“{key}”。{hint}",
    'key "{key}" is missing in [{table}].': "[{table}] 中缺少键“{key}”。",
    'key "{key}" is missing.': "缺少键“{key}”。",
    "kind = {kind}: should be {known}.{hint}": "kind = {kind}：应为 {known}。{hint}",
    'unknown scenario "{name}".{hint}': "没有情景“{name}”。{hint}",
    'unknown lever "{name}".{hint}': "没有政策杠杆“{name}”。{hint}",
    'the results have no variable "{name}".{hint}': "结果中没有变量“{name}”。{hint}",
    'the results have no subscript "{name}".{hint}': "结果中没有下标“{name}”。{hint}",
    'the results lack the baseline "{name}" to compare with. Run it too.': (
        "结果中缺少用于比较的基准情景“{name}”，请一并运行。"
    ),
    '"{column}" has subscripts; name the elements, {example}.': (
        "“{column}”带有下标，请指明元素，如 {example}。"
    ),
    '"{column}" has no value in the years of the chart.': "“{column}”在图表所示年份中没有数值。",
    '"{column}" has no value in {year}.': "“{column}”在 {year} 年没有数值。",
    'observed names no target "{name}".{hint}': "observed 所指的目标“{name}”不存在。{hint}",
    'targets: the study has no target "{name}".{hint}': "targets：研究中没有目标“{name}”。{hint}",
    'the calibration has no parameter "{name}".{hint}': "标定结果中没有参数“{name}”。{hint}",
    "hold-out {year}: no series has years both up to it and after it": (
        "样本外检验 {year}：没有一个序列在该年及以前和以后都有数据"
    ),
    "every parameter is assumed: nothing is left to calibrate": (
        "全部参数均为假定（assumed）：没有可标定的参数"
    ),
    'parameters.toml: "{name}" moves no target; it cannot be calibrated. Remove it, or say '
    'kind = "assumed".': (
        'parameters.toml：“{name}”不影响任何目标，无法标定。请删去，或写 kind = "assumed"。'
    ),
    "{folder} holds draws of another model, other data, priors or seed; remove it to start anew, "
    "or choose another folder with --out.": (
        "{folder} 中的抽样出自另一模型、另一数据、先验或种子；请删去后重新开始，或用 --out 另选"
        "文件夹。"
    ),
    "calibration: near the best fit too few parameter sets give a run that is accepted; look at "
    "the constraints, or at the priors": ("标定：最优拟合附近可接受的参数组太少；请检查约束或先验"),
    'sweep "{sweep}" has no outcome "{name}".{hint}': "扫描“{sweep}”中没有结果“{name}”。{hint}",
    'groups: no part "{name}" of the model.{hint}': "groups：模型中没有部分“{name}”。{hint}",
    "{said} The results are of another version of the model: make them anew with "
    '"{command}".': "{said}这些结果出自模型的另一版本，请用“{command}”重新生成。",
    'The results are of another version of the model: make them anew with "{command}".': (
        "这些结果出自模型的另一版本，请用“{command}”重新生成。"
    ),
    "No font on this system has the characters of the charts. Install one: {first}, or {second} "
    "(Debian, Ubuntu), {third} (Fedora). Or draw them in English: --lang en.": (
        "本机没有可显示图表文字的字体。请安装：{first}，或 {second}（Debian、Ubuntu）、{third}（"
        "Fedora）。或改用英文绘图：--lang en。"
    ),
    **MESSAGES,
    # What stands where: last, because it fits most.
    "{place}: {said}": "{place}：{said}",
}
